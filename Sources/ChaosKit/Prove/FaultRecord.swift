/// A fault that came, and how long it was felt.
package struct FaultRecord: Sendable {
    package var kind: FaultKind
    /// What was done, for people.
    package var detail: String
    /// From the first request on.
    package var start: Duration
    /// From its start to its end.
    package var held: Duration
    /// From its end until everything accepted before that was merged; nil when it was not within the limit.
    package var recovery: Duration?
    /// Whether requests were being sent when it began.
    package var metLoad: Bool
    /// Whether it came at all: a process may not pass the point at which it was to die.
    package var happened = true
    /// Requests that were answered otherwise than 2xx from its start to the end of the recovery.
    package var refusals = 0
    /// How many times its bound the recovery may take: one where the bound is promised, more on a machine with other work.
    package var slack = 1

    /// How much longer than its bound a recovery may seem: the relay looks every half second, and so do we now and then.
    package static let tolerance = Duration.seconds(1)

    package var isWithinBound: Bool { recovery.map { $0 <= kind.bound * slack + Self.tolerance } ?? false }
}
