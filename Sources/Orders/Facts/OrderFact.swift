/// One thing that a stored fact says about an order; a body may say several at once.
package enum OrderFact: Sendable {
    /// The whole order.
    case snapshot(Snapshot)
    case cancellation(Cancellation)
    case deleted
    case refund(Refund)
    case transaction(Transaction)
    case fulfillment(Fulfillment)
    /// A waybill the order calls its own, for good.
    case claim(Waybill)
    case checkpoint(Checkpoint, Track)
    case hold(Hold)
    case edit(OperatorEdit)
    case label(Label)
    case labelEnd(LabelEnd)
    case redacted
    /// Known and counted, but no register listens to it: disputes, orders/edited, …
    case childOnly(topic: String)
    /// Nobody has mapped this topic.
    case unmapped(topic: String)
}
