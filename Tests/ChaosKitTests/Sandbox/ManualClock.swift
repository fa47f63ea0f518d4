import Orders
import Synchronization

/// A time of day that stands still until it is told to go on.
final class ManualClock: Sendable {
    private let now = Mutex(Instant.epoch)

    var time: Instant { now.withLock { $0 } }

    func advance(seconds: Int64) {
        now.withLock { $0 = $0.advanced(byMicroseconds: seconds * 1_000_000) }
    }
}
