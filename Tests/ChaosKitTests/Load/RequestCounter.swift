import Synchronization

/// Counts from 0, for the connections of one test server.
final class RequestCounter: Sendable {
    private let value = Atomic(0)

    func next() -> Int {
        value.add(1, ordering: .relaxed).oldValue
    }
}
