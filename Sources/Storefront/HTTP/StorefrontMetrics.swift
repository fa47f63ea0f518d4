import Metrics
import NIOHTTP1

/// Counters of the storefront, made once for every label they can have.
struct StorefrontMetrics: Sendable {
    private static let statuses: [HTTPResponseStatus] = [
        .badRequest, .unauthorized, .forbidden, .notFound, .conflict, .payloadTooLarge, .unsupportedMediaType,
        .unprocessableEntity, .tooManyRequests, .serviceUnavailable,
    ]

    private let refusals: [UInt: Counter]
    private let placed = Self.orders("placed")
    private let insufficient = Self.orders("insufficient_stock")
    private let unknown = Self.orders("unknown_product")
    private let repeated = Self.orders("repeated")
    private let keyReused = Self.orders("key_reused")

    init() {
        refusals = Self.statuses.reduce(into: [:]) {
            $0[$1.code] = Counter(label: "storefront_refused_total", dimensions: [("status", String($1.code))])
        }
    }

    func refused(_ status: HTTPResponseStatus) {
        refusals[status.code]?.increment()
    }

    func replied(_ reply: Sale.Reply) {
        switch reply {
        case .decided(.placed): placed.increment()
        case .decided(.insufficientStock): insufficient.increment()
        case .decided(.unknownProduct): unknown.increment()
        case .repeated: repeated.increment()
        case .keyReused: keyReused.increment()
        }
    }

    private static func orders(_ outcome: String) -> Counter {
        Counter(label: "storefront_orders_total", dimensions: [("outcome", outcome)])
    }
}
