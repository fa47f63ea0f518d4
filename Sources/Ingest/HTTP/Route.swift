import NIOHTTP1
import Orders

/// Where a request goes.
enum Route: Hashable, Sendable {
    /// `POST /webhooks/shopify`
    case shopify
    /// `POST /webhooks/courier` and `POST /webhooks/couriers/{provider}`
    case courier(CourierProvider)
    /// `GET /health`
    case health

    private static let paths: [String: (method: HTTPMethod, route: Route)] = {
        var paths: [String: (HTTPMethod, Route)] = [
            "/webhooks/shopify": (.POST, .shopify), "/webhooks/courier": (.POST, .courier(.native)), "/health": (.GET, .health),
        ]
        for provider in CourierProvider.allCases {
            paths["/webhooks/couriers/\(provider.rawValue)"] = (.POST, .courier(provider))
        }
        return paths
    }()

    init(_ head: HTTPRequestHead) throws(Refusal) {
        let path = head.uri.utf8.contains(UInt8(ascii: "?")) ? String(head.uri.prefix { $0 != "?" }) : head.uri
        guard let entry = Self.paths[path] else { throw .notFound }
        guard entry.method == head.method else { throw .methodNotAllowed }
        self = entry.route
    }

    /// As metrics and logs name it.
    var source: String {
        switch self {
        case .shopify: "shopify"
        case .courier(let provider): provider.rawValue
        case .health: "health"
        }
    }

    var takesBody: Bool { self != .health }
}
