/// One scan in a courier's own words.
package struct CourierCheckpoint: Hashable, Sendable {
    /// Empty when the courier gave none.
    package let rawStatus: String
    /// What narrows the status down: a subtag, or `SEND` and `RTO` at Bosta.
    package var detail: String?
    /// Nil when the courier does not say, or not legibly.
    package var occurredAt: Instant?
    /// Whether the receiver paid at the door.
    package var cashCollected = false
    /// How much, where the courier says.
    package var cash: Money?
    /// For people.
    package var message: String?

    /// Whether the callback itself is about the way back.
    package var isOnReturnLeg: Bool { detail?.uppercased() == "RTO" }
}
