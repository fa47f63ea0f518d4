extension Storm {
    /// Why the storm must not begin: its orders exist.
    package func refusal(before: ObservedDelivery) -> String? {
        guard !before.stored.isEmpty else { return nil }
        return
            "The orders of seed \(seed) have \(before.stored.count) events already: this storm, or one like it, was sent before. "
            + "Leave --seed out, or choose another one."
    }

    /// What must hold after a storm.
    package func assertions(_ outcome: ScenarioRun.Outcome) -> [Assertion] {
        outcome.answers + outcome.check.delivery(statuses: ["processed", "discarded"]) + outcome.check.orders()
            + [outcome.check.duplicates()]
    }
}
