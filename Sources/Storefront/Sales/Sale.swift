import EventStore
import HTTPServing
import NIOHTTP1
import Orders

/// What a batch of wishes comes to: an answer to each, and everything that is written.
///
/// A key that was answered before is answered again; of two wishes with one key in the same batch the first one counts.
struct Sale: Sendable {
    /// What is said to one buyer.
    enum Reply: Equatable, Sendable {
        case decided(StockDecision.Outcome)
        /// The same wish was answered before, with this.
        case repeated(StorefrontAnswer)
        /// The key was used for another wish.
        case keyReused
    }

    /// In the order of the wishes.
    private(set) var replies: [Reply] = []
    private(set) var placed: [PlacedOrder] = []
    /// Answers to be kept under keys that are new.
    private(set) var answers: [StorefrontAnswer] = []
    let taken: [Int64: Int64]

    /// Whether nothing has to be written.
    var isEmpty: Bool { placed.isEmpty && answers.isEmpty }

    /// - Parameter known: what was answered before, by key.
    init(_ requests: [OrderRequest], known: [String: StorefrontAnswer], decision: StockDecision) {
        var decision = decision
        var known = known
        for request in requests {
            if let key = request.key, let answer = known[key.text] {
                replies.append(answer.requestHash == request.hash ? .repeated(answer) : .keyReused)
                continue
            }
            let outcome = decision.decide(request)
            replies.append(.decided(outcome))
            if case .placed(let order) = outcome { placed.append(order) }
            guard let key = request.key else { continue }
            let answer = outcome.answer(to: request)
            let kept = StorefrontAnswer(
                key: key.text,
                requestHash: request.hash,
                status: Int(answer.status.code),
                body: answer.body
            )
            known[key.text] = kept
            answers.append(kept)
        }
        taken = decision.taken
    }
}
