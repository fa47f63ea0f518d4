package import FoundationEssentials

/// What an event is about.
package enum Subject: Hashable, Sendable {
    case order(OrderID)
    case waybill(WaybillID)
    case shop(ShopID)

    /// Nil when `kind` is none of `order`, `waybill` and `shop`.
    package init?(kind: String, uuid: UUID) {
        switch kind {
        case "order": self = .order(OrderID(uuid))
        case "waybill": self = .waybill(WaybillID(uuid))
        case "shop": self = .shop(ShopID(uuid))
        default: return nil
        }
    }

    /// The id, whatever it names.
    package var uuid: UUID {
        switch self {
        case .order(let id): id.uuid
        case .waybill(let id): id.uuid
        case .shop(let id): id.uuid
        }
    }

    /// `order`, `waybill` or `shop`, as stored.
    package var kind: String {
        switch self {
        case .order: "order"
        case .waybill: "waybill"
        case .shop: "shop"
        }
    }
}
