/// One statement about a run that is either true or not.
package struct Assertion: Sendable, Equatable {
    /// What must hold, in words.
    package var claim: String
    package var holds: Bool
    /// What was found; the first thing to read when the claim does not hold.
    package var finding: String

    package init(_ claim: String, _ holds: Bool, _ finding: String) {
        self.claim = claim
        self.holds = holds
        self.finding = finding
    }

    /// Claims that two values are equal.
    package static func equal<Value: Equatable>(_ claim: String, _ found: Value, _ expected: Value) -> Assertion {
        Assertion(claim, found == expected, found == expected ? "\(found)" : "\(found) instead of \(expected)")
    }

    /// Claims that nothing is in the list; the finding names the first few.
    package static func none<Value>(_ claim: String, _ offenders: [Value], of total: Int) -> Assertion {
        if offenders.isEmpty { return Assertion(claim, true, "\(total) checked") }
        let named = offenders.prefix(3).map { "\($0)" }.joined(separator: ", ")
        return Assertion(claim, false, "\(offenders.count) of \(total) are not so, e.g. \(named)")
    }

    /// The same claim with a word about where it was made in front of it.
    package func named(_ prefix: String) -> Assertion {
        Assertion(prefix + claim, holds, finding)
    }

    /// One line for a terminal.
    package var line: String { "  \(holds ? "✓" : "✗") \(claim) (\(finding))" }
}
