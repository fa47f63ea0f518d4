import HTTPServing
import NIOHTTP1
import Orders

/// Who sends a webhook, and where.
enum Route: Hashable, Sendable {
    /// `POST /webhooks/shopify`
    case shopify
    /// `POST /webhooks/courier` and `POST /webhooks/couriers/{provider}`
    case courier(CourierProvider)

    static let paths: [(path: String, route: Route)] =
        [("/webhooks/shopify", .shopify), ("/webhooks/courier", .courier(.native))]
        + CourierProvider.allCases.map { ("/webhooks/couriers/\($0.rawValue)", .courier($0)) }

    /// As metrics and logs name it.
    var source: String {
        switch self {
        case .shopify: "shopify"
        case .courier(let provider): provider.rawValue
        }
    }
}
