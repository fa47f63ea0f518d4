import Queues

extension CallResult {
    /// What becomes of a job whose call did not succeed; `subject` says what was called, for people.
    func failure(calling subject: String) -> JobOutcome {
        switch self {
        case .success: .dead(reason: "\(subject) answered something unexpected", answer: nil)
        case .absent(let answer): .dead(reason: "\(subject) does not know it", answer: answer)
        case .refused(let status, let body) where CallRefusal.isOfTheSettings(status, body):
            // Nothing is wrong with the order: somebody has to look at an address or a token.
            .retry(reason: "\(subject) answered \(status): its address or our token may be wrong", answer: body)
        case .refused(let status, let body): .dead(reason: "\(subject) refused with \(status)", answer: body)
        case .throttled(let after): .throttled(reason: "\(subject) wants fewer calls", after: after)
        case .unknown(let reason, let answer): .retry(reason: "\(subject): \(reason)", answer: answer)
        case .unreachable(let reason): .retry(reason: "\(subject) cannot be reached: \(reason)")
        case .notNow(let reason, let after, let silence):
            .leftAlone(reason: "\(subject): \(reason)", after: after, silence: silence)
        }
    }
}

/// Tells refusals of one order from refusals of everything.
enum CallRefusal {
    /// 401, 403, and a 404 that is not the courier service's own word.
    static func isOfTheSettings(_ status: Int, _ body: [UInt8]) -> Bool {
        status == 401 || status == 403 || (status == 404 && CourierError(body: body) == nil)
    }
}
