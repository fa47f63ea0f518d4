package import Orders

/// What came to a sandbox, and whether it was as it must be.
package struct SandboxReport: Sendable {
    /// Operation and outcome to calls.
    package var calls: [String: [String: Int]]
    package var shipments: Int
    package var labels: Int
    package var activeLabels: Int
    package var worstLabelsOfAReference: Int
    package var worstActiveLabelsOfAnOrder: Int
    package var doublyActiveOrders: Int
    /// What its couriers were asked to collect at the door.
    package var cashToCollect: Money
    package var blindRetries: Int
    package var namedBlindRetries: [String]
    package var doubledEffects: Int
    package var fulfillments: Int
    package var fulfillmentEvents: Int
    package var paidOrders: Int
    package var notedOrders: Int
    package var callbacksTold: Int
    package var callbacksRefused: Int
    package var callbacksRetried: Int
    /// Steps of parcels and callbacks that are still to come.
    package var pendingSteps: Int
    package var droppedSteps: Int
    package var windows: [Assertion]
    package var faults: [String]

    /// All that must be true of those who call.
    package var assertions: [Assertion] {
        [
            Assertion(
                "at most one label for each reference",
                worstLabelsOfAReference <= 1,
                "\(labels) labels for \(shipments) references, worst \(worstLabelsOfAReference)"
            ),
            Assertion(
                "no order has two active labels",
                doublyActiveOrders == 0,
                "\(doublyActiveOrders) orders; worst ever \(worstActiveLabelsOfAnOrder)"
            ),
            Assertion(
                "no blind retry of an unknown outcome",
                blindRetries == 0,
                blindRetries == 0 ? "none" : "\(blindRetries), e.g. \(namedBlindRetries.prefix(3).joined(separator: ", "))"
            ),
            Assertion("no effect in Shopify was made twice", doubledEffects == 0, "\(doubledEffects)"),
            Assertion(
                "no callback was refused",
                callbacksRefused == 0,
                "\(callbacksRefused) of \(callbacksTold + callbacksRefused)"
            ),
        ] + windows
    }

    /// The report as `GET /sandbox/report` answers it.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.object("calls") { writer in
            for (operation, outcomes) in calls.sorted(by: { $0.key < $1.key }) {
                writer.object(operation) { writer in
                    for (outcome, count) in outcomes.sorted(by: { $0.key < $1.key }) { writer.member(outcome, Int64(count)) }
                }
            }
        }
        writer.member("cashToCollect", cashToCollect)
        for (name, number) in numbers { writer.member(name, Int64(number)) }
        writer.array("blindRetryExamples", namedBlindRetries) { $0.string($1) }
        writer.array("faults", faults) { $0.string($1) }
        writer.array("assertions", assertions) { writer, assertion in
            writer.beginObject()
            writer.member("claim", assertion.claim)
            writer.member("holds", assertion.holds)
            writer.member("finding", assertion.finding)
            writer.endObject()
        }
        writer.member("holds", assertions.allSatisfy(\.holds))
        writer.endObject()
        return writer.bytes
    }

    private var numbers: [(String, Int)] {
        [
            ("shipments", shipments), ("labels", labels), ("activeLabels", activeLabels),
            ("worstLabelsOfAReference", worstLabelsOfAReference),
            ("worstActiveLabelsOfAnOrder", worstActiveLabelsOfAnOrder), ("doublyActiveOrders", doublyActiveOrders),
            ("blindRetries", blindRetries), ("doubledEffects", doubledEffects), ("fulfillments", fulfillments),
            ("fulfillmentEvents", fulfillmentEvents), ("paidOrders", paidOrders), ("notedOrders", notedOrders),
            ("callbacksTold", callbacksTold), ("callbacksRefused", callbacksRefused), ("callbacksRetried", callbacksRetried),
            ("pendingSteps", pendingSteps), ("droppedSteps", droppedSteps),
        ]
    }
}
