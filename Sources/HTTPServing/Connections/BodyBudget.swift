import Synchronization

/// How many bytes of requests all connections together may hold, before anybody has proved who sends them.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Sets bytes aside until they are given back; false when too many are set aside already.
    func reserve(_ bytes: Int) -> Bool {
        if used.wrappingAdd(bytes, ordering: .relaxed).newValue <= limit { return true }
        release(bytes)
        return false
    }

    func release(_ bytes: Int) {
        used.wrappingSubtract(bytes, ordering: .relaxed)
    }
}

/// The bytes of requests that one connection holds: what came, not what was announced.
///
/// The first of them are free, so that whoever fills the budget with large bodies shuts out nobody with a small one.
struct HeldBytes {
    /// More than a usual webhook has.
    static let free = 16_384

    private let budget: BodyBudget
    private var count = 0

    init(of budget: BodyBudget) {
        self.budget = budget
    }

    /// False, and nothing is taken, when the budget is used up.
    mutating func take(_ bytes: Int) -> Bool {
        let more = Self.charge(for: count + bytes) - Self.charge(for: count)
        guard more == 0 || budget.reserve(more) else { return false }
        count += bytes
        return true
    }

    mutating func giveBack(_ bytes: Int) {
        let less = Self.charge(for: count) - Self.charge(for: count - bytes)
        count -= bytes
        if less > 0 { budget.release(less) }
    }

    private static func charge(for count: Int) -> Int { max(0, count - free) }
}
