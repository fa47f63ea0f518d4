package import FoundationEssentials
package import Queues

/// The courier service, see docs/courier-api.md.
package struct CourierClient: Sendable {
    private let http: OutboundClient
    private let token: String?

    /// - Parameter http: a client of the courier service's address; it is run by the caller.
    package init(http: OutboundClient, token: String? = nil) {
        self.http = http
        self.token = token
    }

    /// Asks for a label. Safe to repeat with the same reference after `refused`, `throttled`, `unreachable` and
    /// `notNow`; after `unknown` only when `lookUp` says `absent`.
    package func book(_ shipment: ShipmentRequest, _ permit: CallPermit = CallPermit()) async -> CallResult<Shipment> {
        await call("book", .post, "/v1/shipments", shipment.reference, permit, body: shipment.json)
    }

    /// What became of a reference; `absent` when the courier service has never accepted it.
    package func lookUp(reference: UUID, _ permit: CallPermit = CallPermit()) async -> CallResult<Shipment> {
        await call("look_up", .get, "/v1/shipments/\(reference.text)", reference, permit)
    }

    /// Takes the label back. Safe to repeat; refused with ``CourierError/inCustody`` once the courier has the parcel.
    package func cancel(reference: UUID, _ permit: CallPermit = CallPermit()) async -> CallResult<Shipment> {
        await call("cancel", .post, "/v1/shipments/\(reference.text)/cancel", reference, permit)
    }

    /// Has the parcel brought back. Safe to repeat; refused with ``CourierError/notInCustody`` before the courier has it.
    package func returnShipment(reference: UUID, _ permit: CallPermit = CallPermit()) async -> CallResult<Shipment> {
        await call("return", .post, "/v1/shipments/\(reference.text)/return", reference, permit)
    }

    private func call(
        _ operation: String,
        _ method: OutboundRequest.Method,
        _ path: String,
        _ reference: UUID,
        _ permit: CallPermit,
        body: [UInt8] = []
    ) async -> CallResult<Shipment> {
        var headers: [(name: String, value: String)] = []
        if method == .post { headers.append(("Idempotency-Key", reference.text)) }
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        let result = await http.send(
            OutboundRequest(operation: operation, method: method, path: path, headers: headers, body: body),
            permit
        )
        if case .refused(404, let answer) = result, operation != "book", CourierError(body: answer) == .unknownShipment {
            return .absent(answer: answer)
        }
        return result.read { Shipment($0, reference: reference) }
    }
}
