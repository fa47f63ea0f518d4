/// What a writer stores at once: a part of a round, which is one transaction.
struct Batch<Request> {
    var requests: [Request]
    /// How many more requests are to join the round before it is committed; with 0 it is committed with this part.
    var awaited: Int

    var isLast: Bool { awaited == 0 }

    /// The same, with nothing awaited any more.
    var last: Batch { Batch(requests: requests, awaited: 0) }
}

extension Batch: Sendable where Request: Sendable {}

/// What a writer has done when it asks for more.
enum WriterProgress {
    /// Everything it has stored is committed and answered, so many requests of it just now.
    case answered(Int)
    /// What it has stored, so many bytes, is neither committed nor answered, because so many requests are to join it.
    case awaiting(Int, bytes: Int)
}
