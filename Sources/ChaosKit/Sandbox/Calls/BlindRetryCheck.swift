/// Finds calls that were sent again although their caller could not know that the first had done nothing.
///
/// A call that must not be repeated is open from its start until it is refused or looked up. It does not matter what the
/// sandbox answered: a caller that got the answer and lost it has to look as well.
struct BlindRetryCheck: Sendable {
    /// Offenders that are named.
    static let maxNamed = 20

    private var open: [String: Set<String>] = [:]
    private(set) var count = 0
    private(set) var named: [String] = []

    mutating func began(_ call: SandboxCall) {
        guard call.operation.mustNotRepeat else { return }
        let effect = Self.effect(call)
        guard !open[Self.place(call.subject, call.shop), default: []].insert(effect).inserted else { return }
        count += 1
        if named.count < Self.maxNamed { named.append("\(call.operation.rawValue) \(call.key)") }
    }

    /// The caller was told that nothing was done.
    mutating func refused(_ call: SandboxCall) {
        guard call.operation.mustNotRepeat else { return }
        let place = Self.place(call.subject, call.shop)
        open[place]?.remove(Self.effect(call))
        if open[place]?.isEmpty == true { open[place] = nil }
    }

    /// The caller was told how things stand.
    mutating func lookedUp(_ subject: String, shop: String = "") {
        open[Self.place(subject, shop)] = nil
    }

    /// Two shops may have orders of one id.
    private static func place(_ subject: String, _ shop: String) -> String { "\(shop) \(subject)" }

    private static func effect(_ call: SandboxCall) -> String {
        "\(call.operation.rawValue) \(call.key)"
    }
}
