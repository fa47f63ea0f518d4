/// Finds calls that were sent again although their caller could not know that the first had done nothing.
///
/// A call that must not be repeated is open from its start until it is refused or looked up. It does not matter what the
/// sandbox answered: a caller that got the answer and lost it has to look as well.
///
/// Calls overtake each other: one that its caller has long given up may come after the look-up and even after the next try.
/// Callers therefore count their tries, and are judged by what they knew when they sent one.
struct BlindRetryCheck: Sendable {
    /// Offenders that are named.
    static let maxNamed = 20

    /// Place to effect to the last try that came.
    private var open: [String: [String: Int]] = [:]
    /// Place and key to the last try that was told how things stand.
    private var informed: [String: Int] = [:]
    private(set) var count = 0
    private(set) var named: [String] = []

    mutating func began(_ call: SandboxCall) {
        guard call.operation.mustNotRepeat else { return }
        let (place, effect) = (Self.place(call.subject, call.shop), Self.effect(call))
        let before = open[place]?[effect]
        open[place, default: [:]][effect] = max(call.attempt, before ?? call.attempt)
        // Nothing is open, or it is open by a later try that has overtaken this one.
        guard let before, call.attempt >= before else { return }
        if call.attempt > before, let told = informed["\(place) \(call.key)"], told >= call.attempt { return }
        count += 1
        if named.count < Self.maxNamed { named.append("\(call.operation.rawValue) \(call.key)") }
    }

    /// The caller was told that nothing was done.
    mutating func refused(_ call: SandboxCall) {
        guard call.operation.mustNotRepeat else { return }
        let place = Self.place(call.subject, call.shop)
        open[place]?[Self.effect(call)] = nil
        if open[place]?.isEmpty == true { open[place] = nil }
    }

    /// The caller was told how things stand.
    mutating func lookedUp(_ call: SandboxCall) {
        let place = Self.place(call.subject, call.shop)
        open[place] = nil
        guard call.attempt > 0, informed.count < SandboxCourier.maxShipments else { return }
        let known = "\(place) \(call.key)"
        informed[known] = max(call.attempt, informed[known] ?? 0)
    }

    /// Two shops may have orders of one id.
    private static func place(_ subject: String, _ shop: String) -> String { "\(shop) \(subject)" }

    private static func effect(_ call: SandboxCall) -> String {
        "\(call.operation.rawValue) \(call.key)"
    }
}
