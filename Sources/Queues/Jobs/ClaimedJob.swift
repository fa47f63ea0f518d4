package import FoundationEssentials

/// A job that is ours until its lease runs out.
package struct ClaimedJob: Sendable {
    package var id: Int64
    package var queue: Queue
    package var key: String
    package var orderID: UUID
    package var shop: String
    package var input: [UInt8]
    /// The claim, from 1; only its holder can finish the job.
    package var attempt: Int32
    /// The attempt after whose failure the job is a dead letter.
    package var maxAttempts: Int32
    /// From the moment it could have started to its claim.
    package var waited: Duration
    /// From the moment it was made to its claim.
    package var age: Duration
    /// Since an attempt first ended as `leftAlone`, when all after it did too.
    package var leftAloneFor: Duration
    /// The trace it belongs to.
    package var traceID: UUID?
    /// What its calls go through.
    var gate: StartGate

    package init(
        id: Int64,
        queue: Queue,
        key: String,
        orderID: UUID,
        shop: String,
        input: [UInt8],
        attempt: Int32,
        maxAttempts: Int32,
        waited: Duration = .zero,
        age: Duration = .zero,
        leftAloneFor: Duration = .zero,
        traceID: UUID? = nil
    ) {
        self.id = id
        self.queue = queue
        self.key = key
        self.orderID = orderID
        self.shop = shop
        self.input = input
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.waited = waited
        self.age = age
        self.leftAloneFor = leftAloneFor
        self.traceID = traceID
        gate = .open
    }

    /// Whether a failure of this attempt makes the job a dead letter.
    package var isLastAttempt: Bool { attempt >= maxAttempts }
}
