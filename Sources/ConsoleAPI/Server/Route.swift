package import HTTPTypes

/// One thing the API does.
package struct Route: Sendable {
    /// Who may call it.
    package enum Access: Sendable, Equatable {
        /// Everybody.
        case open
        /// Whoever has this role, or one above it.
        case role(Role)
    }

    package typealias Handler = @Sendable (Call) async throws -> Answer

    package let method: HTTPRequest.Method
    /// As in the description: `/api/orders/{id}`.
    package let path: String
    package let access: Access
    package let parameters: Set<String>
    /// Whether a browser that asks for a page gets one at the same path.
    let isPage: Bool
    let handler: Handler
    let segments: [Substring]

    /// - Parameter parameters: names of the query parameters; others are refused.
    package init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: Access,
        parameters: Set<String> = [],
        isPage: Bool = false,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.parameters = parameters
        self.isPage = isPage
        self.handler = handler
        segments = path.split(separator: "/")
    }

    /// `GET /api/orders`.
    package var name: String { "\(method.rawValue) \(path)" }

    /// As the description names it: the role, or `public`.
    package var role: String {
        switch access {
        case .open: "public"
        case .role(let role): role.rawValue
        }
    }

    /// The values of the path's parameters by their names; nil when the path is another.
    func match(_ path: [Substring]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            if segment.hasPrefix("{") {
                guard let decoded = PercentEncoding.decode(text) else { return nil }
                values[String(segment.dropFirst().dropLast())] = decoded
            } else if segment != text {
                return nil
            }
        }
        return values
    }
}

/// Every route, found by its path.
package struct RouteTable: Sendable {
    package let routes: [Route]

    package init(_ routes: [Route]) {
        // Fixed segments win over parameters: /api/orders/counts is no order.
        self.routes = routes.sorted { left, right in
            left.segments.filter { $0.hasPrefix("{") }.count < right.segments.filter { $0.hasPrefix("{") }.count
        }
    }

    enum Match: Sendable {
        case route(Route, [String: String])
        /// The path exists; these are its methods.
        case otherMethod([HTTPRequest.Method])
        case none
    }

    func match(_ method: HTTPRequest.Method, _ text: Substring) -> Match {
        let segments = text.split(separator: "/", omittingEmptySubsequences: true)
        var methods: [HTTPRequest.Method] = []
        var path: String?
        for route in routes where path == nil || route.path == path {
            guard let values = route.match(segments) else { continue }
            // The first that fits is the path, whatever its methods: another with parameters in its place is not meant.
            path = route.path
            if route.method == method || method == .head && route.method == .get { return .route(route, values) }
            methods.append(route.method)
        }
        return methods.isEmpty ? .none : .otherMethod(methods)
    }
}
