/// How an attempt ended.
package enum JobOutcome: Sendable, Equatable {
    /// The effect happened.
    case done(answer: [UInt8]?)
    /// Nobody wants the effect any more.
    case cancelled(reason: String)
    /// Failed; after the last attempt the job is a dead letter. `after` replaces the backoff of the queue.
    case retry(reason: String, answer: [UInt8]? = nil, after: Duration? = nil)
    /// Not yet; costs no attempt.
    case postpone(reason: String, after: Duration)
    /// As `postpone`, because the party that is called wants fewer calls: nobody calls it before.
    case throttled(reason: String, after: Duration)
    /// As `postpone`, because this replica leaves the party that is to be called alone until then; `silence` is how long it has answered
    /// nobody. When both that and the time since the job first heard so are longer than patience lasts, the job is a dead letter.
    case leftAlone(reason: String, after: Duration, silence: Duration = .zero)
    /// Will never work.
    case dead(reason: String, answer: [UInt8]?)

    /// Why the job becomes a dead letter with this outcome; nil when it does not.
    func reasonToGiveUp(_ job: ClaimedJob) -> String? {
        switch self {
        case .dead(let reason, _): reason
        case .retry(let reason, _, _) where job.isLastAttempt: reason
        default: nil
        }
    }

    /// The end of a job that was given up on, and that has nothing left to do.
    static func unwanted(because reason: String) -> JobOutcome {
        .cancelled(reason: "given up on, and not wanted any more: \(reason)")
    }
}

/// What does the work of a queue.
///
/// A job may be run again after a crash at any point: the handler looks what has happened before it makes a call.
package protocol JobHandler: Sendable {
    /// Makes one attempt; it is cancelled at the deadline. What it calls, it calls through `ClaimedJob.call`: a job that finds
    /// its intent stale then costs no turn, and no work lies between the turn and the call.
    ///
    /// - Throws: `StartGate.Closed` to be postponed; anything else is a failed attempt.
    func run(_ job: ClaimedJob) async throws -> JobOutcome

    /// Which of these dead letters nobody wants any more, by id. They are asked for when later jobs of their orders wait behind
    /// them, and end as cancelled.
    func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64>

    /// Hears that the job is about to become a dead letter, whatever made an end of it: its last attempt failed, or took its
    /// worker along. May be called more than once; the job lives on until it has returned.
    ///
    /// - Returns: whether it is to become one; when its effect has happened meanwhile, or is not wanted any more, it ends as cancelled.
    func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool
}

extension JobHandler {
    package func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64> { [] }

    package func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool { true }
}
