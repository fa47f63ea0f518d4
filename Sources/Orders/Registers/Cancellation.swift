/// When and why an order was cancelled; the smallest (time, snapshot key) stays, because nothing un-cancels an order.
package struct Cancellation: Equatable, Sendable {
    package let at: Instant
    /// The source's own word: customer, inventory, fraud, declined, …
    package let reason: String?
    /// The snapshot that said so.
    package let key: SnapshotKey

    package init(at: Instant, reason: String?, key: SnapshotKey) {
        self.at = at
        self.reason = reason
        self.key = key
    }

    /// Whether this one stays when both are known.
    package func precedes(_ other: Cancellation) -> Bool {
        (at, key) < (other.at, other.key)
    }
}
