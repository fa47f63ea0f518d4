import Orders

extension Burst {
    /// Why the burst must not begin: the order has a past that this burst cannot account for.
    package func refusal(_ deliveries: [Delivery], before: ObservedDelivery) -> String? {
        let own = Set(deliveries.flatMap { $0.events.map(\.id) })
        let foreign = before.stored.keys.count { !own.contains($0) }
        guard foreign > 0 else { return nil }
        return
            "The order “\(order)” of \(shop) has \(foreign) events of other runs already, so its version cannot be \(count) at the end. "
            + "Take a new order with --fresh, or name another one with --order."
    }

    /// Whether every webhook of the burst was delivered before: then all are retries and nothing may change.
    package func isRepetition(before: ObservedDelivery) -> Bool {
        before.stored.count >= count
    }

    /// What must hold after a burst.
    package func assertions(_ outcome: ScenarioRun.Outcome) -> [Assertion] {
        let check = outcome.check
        let order = check.observed.orders.values.first
        let expected = check.expected.orders.values.first
        let duplicates = outcome.load.bodies.count { $0.contains(#""duplicate""#) }
        var assertions: [Assertion] = [
            .equal("answers with status 200", outcome.load.outcomes.count { $0 == .answered(200) }, count),
            .equal("rows of the order", check.observed.orders.count, 1),
            .equal("version of the order", order?.version ?? 0, expected?.version ?? Int64(count)),
            .equal("audit rows of the order", check.observed.audits.values.joined().count, count),
        ]
        if outcome.load.retries == 0 {
            assertions.append(.equal("answers that say “duplicate”", duplicates, outcome.before.stored.count))
        }
        if let order, let expected {
            assertions.append(
                .equal(
                    "final status is that of the highest key",
                    "\(order.status), payment \(order.paymentStatus)",
                    "\(expected.status), payment \(expected.paymentStatus)"
                )
            )
        }
        return assertions + outcome.answers.dropFirst() + check.delivery(statuses: ["processed", "discarded"]) + check.orders()
    }
}
