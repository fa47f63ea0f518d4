import Orders
import Postgres

/// What becomes of an event that could not be merged by itself. Decided by `MergeAttempt`, carried out by `BatchMerger`.
enum MergeVerdict: Equatable {
    /// The attempt counts, and the next one is made after a while.
    case retry(after: Duration)
    /// Everything that waits for the subject is left alone for a while; the attempt does not count, because the event is not to blame.
    case leaveSubject(for: Duration)
    /// The event is put aside, its order held.
    case quarantine(reason: String)

    /// How long an order is left alone that somebody else holds locked.
    static let lockedRest: Duration = .seconds(5)
    /// How long an order is left alone that takes too long, and an event that can be neither merged nor quarantined.
    static let longRest: Duration = .seconds(60)
    /// The longest wait between two attempts.
    static let longestWait: Duration = .seconds(3_600)

    /// Whether the same merge would fail again, or take too long again. An outage or a schema that does not fit the program says
    /// nothing about any event: the lane waits and tries again.
    static func isOfTheBatch(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            error.classification == .permanent || error.isTimeout || error.isLockTimeout
        case is BatchMerge.UnreadableEvent, is FactError, is StateError: true
        default: false
        }
    }
}

/// One attempt to merge an event by itself.
struct MergeAttempt {
    /// From 1.
    var number: Int32
    /// The event was merged before and only rings for its order. It is never quarantined: its audit says that its fact counts, and
    /// must go on saying so, or the fact would count twice when it is put back.
    var isRing: Bool
    var maxAttempts: Int32
    /// The wait after the first attempt; it doubles with every attempt.
    var firstWait: Duration

    /// Whether no attempt is left after this one.
    var isLast: Bool { number >= maxAttempts }

    /// What becomes of an event whose attempts are used up before this one: each of them took its worker along, or the last one could
    /// not be written down. Nil when the attempt is to be made.
    func verdictBefore(lastError: String?) -> MergeVerdict? {
        guard number > maxAttempts, !isRing else { return nil }
        return .quarantine(reason: lastError ?? "its worker ended in every attempt")
    }

    /// What becomes of the event after the error; nil when the error says nothing about it.
    func verdict(after error: any Error) -> MergeVerdict? {
        guard MergeVerdict.isOfTheBatch(error) else { return nil }
        switch error {
        case let error as PostgresError where error.isLockTimeout: return .leaveSubject(for: MergeVerdict.lockedRest)
        // A slow server says nothing about an event, however often.
        case let error as PostgresError where error.isTimeout: return .leaveSubject(for: MergeVerdict.longRest)
        case let unreadable as BatchMerge.UnreadableEvent where !isRing: return .quarantine(reason: unreadable.reason)
        default: break
        }
        if isLast, !isRing { return .quarantine(reason: "\(error)") }
        return .retry(after: min(firstWait * (1 << min(number - 1, 20)), MergeVerdict.longestWait))
    }
}
