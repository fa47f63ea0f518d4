import Orders

/// The `code` of an error answer of the courier service, see docs/courier-api.md.
package enum CourierError: String, Sendable, CaseIterable {
    case invalid
    case undeliverable
    case unauthorized
    case referenceReused = "reference_reused"
    case unknownShipment = "unknown_shipment"
    case inCustody = "in_custody"
    case notInCustody = "not_in_custody"
    case rateLimited = "rate_limited"
    case unavailable

    /// Nil for a body that is not `{"error":{"code":…}}` with a known code.
    package init?(body: [UInt8]) {
        guard let root = try? JSONDocument(parsing: body, limits: .answer).root,
            let code = root["error"]?.text("code")
        else { return nil }
        self.init(rawValue: code)
    }
}
