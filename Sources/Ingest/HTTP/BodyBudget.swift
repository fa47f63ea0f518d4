import Synchronization

/// How many bytes of bodies may be in the making at once, before anybody has proved who sends them.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Runs the body while the bytes are set aside for it.
    ///
    /// - Throws: `Refusal.overloaded` when too many are set aside already.
    func reserving<R>(_ bytes: Int, _ body: () async throws -> R) async throws -> R {
        let total = used.wrappingAdd(bytes, ordering: .relaxed).newValue
        defer { used.wrappingSubtract(bytes, ordering: .relaxed) }
        guard total <= limit else { throw Refusal.overloaded }
        return try await body()
    }
}
