import Synchronization

/// Until when a party is left alone, because it has said so or is out of reach: what a runner has seen itself, with a limit or without
/// one, and remembers whatever becomes of Redis. A shop that wants fewer calls keeps no other shop waiting.
final class Rests: Sendable {
    private let ends = Mutex<[String: ContinuousClock.Instant]>([:])

    /// The party is left alone for that long at least.
    func begin(_ party: String, for time: Duration) {
        let now = ContinuousClock.now
        ends.withLock { ends in
            ends = ends.filter { $0.value > now }
            ends[party] = max(ends[party] ?? now, now + time)
        }
    }

    /// How much longer the party is left alone; nil when it may be called.
    func left(_ party: String) -> Duration? {
        let end = ends.withLock { $0[party] }
        guard let left = end.map({ ContinuousClock.now.duration(to: $0) }), left > .zero else { return nil }
        return left
    }
}
