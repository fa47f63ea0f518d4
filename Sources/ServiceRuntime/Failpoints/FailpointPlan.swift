/// What happens at one failpoint, and when.
package struct FailpointPlan: Sendable, Equatable {
    /// What happens at the point.
    package enum Action: Sendable, Equatable {
        /// The process kills itself with SIGKILL.
        case kill
        /// Whatever came by goes on after that time, deadlines and cancellation notwithstanding.
        case stall(Duration)
    }

    package var action: Action
    /// The hit, from 1, at which it happens; all others pass.
    package var hit: Int

    /// Longest stall, and most hits that can be waited for.
    static let (maxStallMilliseconds, maxHit) = (3_600_000, 1_000_000_000)

    package init(_ action: Action, hit: Int = 1) {
        self.action = action
        self.hit = hit
    }

    /// Reads `kill`, `kill@3`, `stall:20s`, `stall:250ms@7`.
    init?(_ text: Substring) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let action = Action(parts[0]) else { return nil }
        let hit = parts.count > 1 ? Int(parts[1]) : 1
        guard let hit, (1...Self.maxHit).contains(hit) else { return nil }
        self.init(action, hit: hit)
    }
}

extension FailpointPlan: CustomStringConvertible {
    package var description: String { hit == 1 ? "\(action)" : "\(action)@\(hit)" }
}

extension FailpointPlan.Action: CustomStringConvertible {
    fileprivate init?(_ text: Substring) {
        if text == "kill" {
            self = .kill
            return
        }
        guard text.hasPrefix("stall:") else { return nil }
        let length = text.dropFirst("stall:".count)
        let milliseconds =
            if length.hasSuffix("ms") { Int(length.dropLast(2)) } else if length.hasSuffix("s") {
                Int(length.dropLast(1)).flatMap { $0 <= FailpointPlan.maxStallMilliseconds ? $0 * 1_000 : nil }
            } else { Int?.none }
        guard let milliseconds, (1...FailpointPlan.maxStallMilliseconds).contains(milliseconds) else { return nil }
        self = .stall(.milliseconds(milliseconds))
    }

    package var description: String {
        switch self {
        case .kill: "kill"
        case .stall(let time): "stall:\(Int(time / .milliseconds(1)))ms"
        }
    }
}

extension SettingsReader {
    /// What happens at which failpoint; empty in production, where the setting is refused.
    mutating func failpoints() -> [Failpoint: FailpointPlan] {
        let setting = Setting(
            key: "FAILPOINTS",
            kind: "list",
            allowed:
                "POINT=ACTION separated by commas; ACTION is kill or stall:TIME (20s, 250ms), with @N for the N-th hit only, and POINT is one of \(Failpoint.allCases.map(\.rawValue).joined(separator: ", "))",
            defaultText: nil,
            sentence: "Where this process kills itself or stalls, to show that nothing is lost; refused in production."
        )
        let plans = read(setting, shown: Self.text, parse: Self.plans) ?? [:]
        guard !plans.isEmpty, environment == .production else { return plans }
        refuse("FAILPOINTS", because: "must not be set when APP_ENV=production")
        return [:]
    }

    private static func plans(_ text: String) -> [Failpoint: FailpointPlan]? {
        var plans: [Failpoint: FailpointPlan] = [:]
        for element in text.split(separator: ",") {
            let parts = element.trimmingSpace().split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let point = Failpoint(rawValue: String(parts[0])), plans[point] == nil,
                let plan = FailpointPlan(parts[1])
            else { return nil }
            plans[point] = plan
        }
        return plans.isEmpty ? nil : plans
    }

    private static func text(_ plans: [Failpoint: FailpointPlan]) -> String {
        Failpoint.allCases.compactMap { point in plans[point].map { "\(point.rawValue)=\($0)" } }.joined(separator: ",")
    }
}
