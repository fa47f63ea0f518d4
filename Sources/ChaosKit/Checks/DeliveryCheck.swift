import Orders

/// Compares what must be in the database with what is there.
package struct DeliveryCheck: Sendable {
    package var expected: ExpectedDelivery
    package var observed: ObservedDelivery
    /// Duplicate deliveries recorded about the subjects before the load.
    package var earlierDuplicates = 0
    /// Whether a request may have reached the server twice without the load knowing.
    package var hadRetries = false

    package init(expected: ExpectedDelivery, observed: ObservedDelivery) {
        self.expected = expected
        self.observed = observed
    }

    /// Invariant I1: each acknowledged event is stored once and audited once, with one of the statuses.
    package func delivery(statuses: Set<String>) -> [Assertion] {
        let ids = expected.events.keys.sorted()
        let found = ids.compactMap { observed.audits[$0] }.joined()
        return [
            .none(
                "every accepted webhook is in event_store exactly once",
                ids.filter { observed.stored[$0] != 1 },
                of: ids.count
            ),
            .none(
                "every accepted webhook has exactly one audit row",
                ids.filter { observed.audits[$0]?.count != 1 },
                of: ids.count
            ),
            .none(
                "every audit row says \(statuses.sorted().joined(separator: " or "))",
                ids.filter { !(observed.audits[$0] ?? []).allSatisfy(statuses.contains) },
                of: found.count
            ),
            .equal("failed events", found.count { $0 == "failed" }, 0),
        ]
    }

    /// Invariants I2 and I3: each order is the fold of its events, in another order than they were sent.
    package func orders() -> [Assertion] {
        let ids = expected.orders.keys.sorted()
        var assertions: [Assertion] = [
            .none("every order has a row", ids.filter { observed.orders[$0] == nil }, of: ids.count),
            .none(
                "every order's version counts its distinct facts",
                ids.filter { observed.orders[$0]?.version != expected.orders[$0]?.version }.map { versions(of: $0) },
                of: ids.count
            ),
            .none(
                "every order is in the one state that its facts give in any order",
                ids.filter { !isExpected($0) },
                of: ids.count
            ),
        ]
        if !expected.ordersInDoubt.isEmpty {
            assertions.append(
                Assertion(
                    "no order is in doubt",
                    false,
                    "\(expected.ordersInDoubt.count) orders have a webhook that was not answered and are not compared"
                )
            )
        }
        return assertions
    }

    /// Deliveries beyond the first of an event are recorded, none of them as an event.
    package func duplicates() -> Assertion {
        let recorded = observed.duplicateDeliveries - earlierDuplicates
        let claim = "repeated deliveries are recorded as duplicates"
        guard hadRetries else { return .equal(claim, recorded, expected.repeatedDeliveries) }
        return Assertion(
            claim,
            recorded >= expected.repeatedDeliveries,
            "\(recorded); at least \(expected.repeatedDeliveries) were sent, retries may have added some"
        )
    }

    private func versions(of id: OrderID) -> String {
        "\(id) has \(observed.orders[id]?.version ?? 0) instead of \(expected.orders[id]?.version ?? 0)"
    }

    private func isExpected(_ id: OrderID) -> Bool {
        guard let found = observed.orders[id], let wanted = expected.orders[id] else { return false }
        return found.stateHash == wanted.stateHash && found.status == wanted.status
            && found.paymentStatus == wanted.paymentStatus
    }
}
