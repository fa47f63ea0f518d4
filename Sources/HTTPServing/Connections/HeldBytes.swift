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
