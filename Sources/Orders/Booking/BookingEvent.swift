/// What can happen to one attempt to book a courier.
package enum BookingEvent: String, CaseIterable, Sendable {
    // Of the worker that carries the command out.
    /// A worker takes the command, for the first time or again.
    case taken
    /// The courier refuses for good.
    case refused
    /// A request was sent and its outcome is hidden: timeout, reset, server error.
    case lost
    /// A look-up found no label, and one is still wanted.
    case absent
    /// A look-up found no label, and none is wanted any more.
    case dropped
    /// The job has used up its attempts.
    case exhausted
    /// The courier has the parcel and does not cancel.
    case cancelRefused
    /// The job that was to cancel has used up its attempts.
    case cancelGivenUp
    /// The parcel has reached its end: the courier cannot bring it back.
    case returnRefused
    /// The job that was to bring the parcel back has used up its attempts.
    case returnGivenUp

    // Of the facts merged into the order.
    /// There is a label.
    case labelled
    /// The courier took the label back, as we had asked it to.
    case cancelConfirmed
    /// The courier cancelled by itself.
    case voided
    /// The parcel is back.
    case returned

    // Of the wishes of the order.
    /// No longer wanted, and the courier has not got the parcel.
    case withdrawn
    /// The order goes elsewhere, and the courier has not got the parcel.
    case redirected
    /// The order is cancelled, and the courier has the parcel.
    case recalled
}

/// What the outside world has to be asked when a booking moves on.
package enum BookingEffect: String, CaseIterable, Sendable {
    /// Book with the attempt's reference, now, by the worker itself.
    case request
    /// Look up the reference before anything else, now, by the worker itself.
    case lookUp = "look_up"
    /// Look the reference up some time later: a request that is slower than our patience may still make a label.
    case check
    case cancel
    case returnParcel = "return"
}
