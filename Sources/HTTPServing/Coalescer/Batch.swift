/// What a writer commits in one transaction.
struct Batch<Request> {
    var requests: [Request]
    /// How many more requests are to be committed before the flush that all of them share; with 0 this commit is flushed.
    var awaited: Int

    var isFlushed: Bool { awaited == 0 }

    /// The same, with nothing awaited any more.
    var flushed: Batch { Batch(requests: requests, awaited: 0) }
}

extension Batch: Sendable where Request: Sendable {}

/// What a writer has done when it asks for more.
enum WriterProgress {
    /// Everything it has committed is answered, so many requests of it just now.
    case answered(Int)
    /// What it has committed, so many bytes, is neither flushed nor answered, because so many requests are to join it.
    case awaiting(Int, bytes: Int)
}
