import Orders

/// What a running sandbox says about those who call it.
package struct SandboxVerdict: Sendable {
    /// What came to it, in one line.
    package var summary: String
    package var assertions: [Assertion]

    /// Asks the sandbox at this address; nil when it does not answer as one.
    package static func ask(_ url: String) async -> SandboxVerdict? {
        guard let target = TargetAddress(url: url),
            let answer = await HTTPProbe(target).get("/sandbox/report"), answer.status == 200,
            let report = (try? JSONDocument(parsing: Array(answer.body.utf8)))?.root
        else { return nil }
        return SandboxVerdict(report)
    }

    private init?(_ report: JSONValue) {
        guard let entries = report["assertions"]?.elements else { return nil }
        assertions = entries.compactMap { entry in
            guard let claim = entry["claim"]?.string, let finding = entry["finding"]?.string else { return nil }
            return Assertion(claim, entry["holds"]?.bool == true, finding)
        }
        guard !assertions.isEmpty else { return nil }
        func number(_ name: String) -> String { report[name]?.text ?? "0" }
        summary = """
            \(number("labels")) labels bought, \(number("activeLabels")) in use; \(number("callbacksTold")) callbacks sent; \
            Shopify was told of \(number("fulfillments")) fulfillments, \(number("fulfillmentEvents")) events, \
            \(number("paidOrders")) payments and \(number("notedOrders")) notes.
            """
    }
}
