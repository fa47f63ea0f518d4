import FoundationEssentials
import Orders

/// The courier service of the sandbox, as docs/courier-api.md describes one.
struct SandboxCourier: Sendable {
    /// The name of the courier, which its callbacks carry too.
    static let name = "sandbox"
    /// Shipments that are remembered; beyond it bookings are answered 503.
    static let maxShipments = 500_000

    private(set) var shipments: [UUID: SandboxShipment] = [:]
    private var activeByOrder: [String: Int] = [:]
    /// The most labels of one reference, and the most active labels that one order ever had at once.
    private(set) var worst = (labels: 0, active: 0)

    /// How many orders have more than one active label now.
    var doublyActiveOrders: Int { activeByOrder.values.count { $0 > 1 } }
    var labels: Int { shipments.values.reduce(0) { $0 + $1.labels } }
    var cash: Money { shipments.values.reduce(.zero) { $0 + $1.cash } }
    var activeLabels: Int { shipments.values.count { $0.status.isActive } }

    /// `POST /v1/shipments`; `isNew` tells whether a label was made.
    mutating func book(_ body: [UInt8], key: String?, forgetsKeys: Bool) -> (answer: SandboxAnswer, isNew: Bool) {
        guard let root = try? JSONDocument(parsing: body).root, let text = root.text("reference"),
            let reference = UUID(uuidString: text), let order = root["order"]?.text("id"), !order.isEmpty
        else { return (.error(400, "invalid", "reference and order.id are needed"), false) }
        guard let key, UUID(uuidString: key) == reference else {
            return (.error(400, "invalid", "Idempotency-Key is needed and equals the reference"), false)
        }
        guard root["destination"]?.isObject == true else {
            return (.error(422, "undeliverable", "destination is needed"), false)
        }
        let hash = FNV1a.hash(String(decoding: body, as: UTF8.self))
        if var known = shipments[reference] {
            guard known.bodyHash == hash else {
                return (.error(409, "reference_reused", "this reference was booked with another body"), false)
            }
            guard forgetsKeys else { return (answer(200, known), false) }
            known.labels += 1
            known.trackingNumber = Self.trackingNumber(reference, label: known.labels)
            worst.labels = max(worst.labels, known.labels)
            shipments[reference] = known
            return (answer(201, known), false)
        }
        guard shipments.count < Self.maxShipments else {
            return (.error(503, "unavailable", "the sandbox is full", retryAfter: .seconds(1)), false)
        }
        let shipment = SandboxShipment(
            reference: reference,
            orderID: order,
            bodyHash: hash,
            trackingNumber: Self.trackingNumber(reference, label: 1),
            cash: root.money("cash_to_collect") ?? .zero
        )
        shipments[reference] = shipment
        activeByOrder[order, default: 0] += 1
        worst = (max(worst.labels, 1), max(worst.active, activeByOrder[order] ?? 0))
        return (answer(201, shipment), true)
    }

    /// `GET /v1/shipments/{reference}`
    ///
    /// - Parameter status: told instead of the true one, when given.
    func lookUp(_ reference: UUID, saying status: SandboxShipment.Status? = nil) -> SandboxAnswer {
        guard var shipment = shipments[reference] else { return Self.unknown }
        shipment.status = status ?? shipment.status
        return answer(200, shipment)
    }

    /// `POST /v1/shipments/{reference}/cancel`
    mutating func cancel(_ reference: UUID) -> SandboxAnswer {
        guard let shipment = shipments[reference] else { return Self.unknown }
        switch shipment.status {
        case .booked: return answer(200, set(.cancelled, shipment))
        case .cancelled: return answer(200, shipment)
        default: return .error(409, "in_custody", "the courier has the parcel")
        }
    }

    /// `POST /v1/shipments/{reference}/return`
    mutating func returnShipment(_ reference: UUID) -> SandboxAnswer {
        guard let shipment = shipments[reference] else { return Self.unknown }
        switch shipment.status {
        case .pickedUp, .inTransit: return answer(200, set(.returnRequested, shipment))
        case .returnRequested, .returned: return answer(200, shipment)
        case .booked, .delivered, .cancelled: return .error(409, "not_in_custody", "the courier does not have the parcel")
        }
    }

    /// The parcel moved, or its label was made; false when it cannot any more, because it was cancelled or is on its way back.
    mutating func progress(_ reference: UUID, to status: SandboxShipment.Status?) -> Bool {
        guard let shipment = shipments[reference] else { return false }
        guard let status else { return shipment.status != .cancelled }
        switch (shipment.status, status) {
        case (.cancelled, _), (.returned, _), (.delivered, _): return false
        case (.returnRequested, let next) where next != .returned && next != .returnRequested: return false
        default: _ = set(status, shipment)
        }
        return true
    }

    private mutating func set(_ status: SandboxShipment.Status, _ shipment: SandboxShipment) -> SandboxShipment {
        var changed = shipment
        changed.status = status
        shipments[shipment.reference] = changed
        if shipment.status.isActive, !status.isActive {
            activeByOrder[shipment.orderID, default: 1] -= 1
            if activeByOrder[shipment.orderID] == 0 { activeByOrder[shipment.orderID] = nil }
        }
        return changed
    }

    private func answer(_ status: Int, _ shipment: SandboxShipment) -> SandboxAnswer {
        .json(status) { writer in
            writer.member("reference", shipment.reference.uuidString.lowercased())
            writer.member("status", shipment.status.rawValue)
            writer.member("courier", Self.name)
            writer.member("tracking_number", shipment.trackingNumber)
            writer.member("fee", Self.fee(shipment.reference))
            writer.member("currency", "USD")
        }
    }

    private static func trackingNumber(_ reference: UUID, label: Int) -> String {
        "SBX" + reference.uuidString.replacing("-", with: "").prefix(20) + (label == 1 ? "" : "-\(label)")
    }

    /// Between 3.00 and 7.99, always the same for a reference.
    private static func fee(_ reference: UUID) -> Money {
        Money(tenThousandths: 30_000 + Int64(FNV1a.hash(reference.uuidString) % 500) * 100)
    }

    static let unknown = SandboxAnswer.error(404, "unknown_shipment", "no shipment has this reference")
}
