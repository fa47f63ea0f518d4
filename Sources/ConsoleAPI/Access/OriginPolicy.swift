import HTTPTypes

/// From which pages a browser may call the console.
struct OriginPolicy: Sendable {
    /// Beside the console's own origin.
    let allowed: Set<String>

    init(allowed: [String]) {
        self.allowed = Set(allowed.map { $0.lowercased() })
    }

    /// Whether the request comes from the console's own pages, from a listed origin, or from no page at all.
    func allows(_ request: HTTPRequest, withoutOrigin: Bool) -> Bool {
        guard let origin = request.headerFields[.origin]?.lowercased() else { return withoutOrigin }
        if allowed.contains(origin) { return true }
        guard let host = request.authority?.lowercased(), !host.isEmpty else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// A header that no form and no image can send.
    static let proofHeader = HTTPField.Name("X-Requested-With")
    static let proof = "console"

    /// Throws unless a request that a cookie speaks for was made by our own pages.
    func requireOwnPage(_ request: HTTPRequest) throws {
        guard allows(request, withoutOrigin: false), Self.proofHeader.flatMap({ request.headerFields[$0] }) == Self.proof else {
            throw APIError(.forbiddenOrigin, "The request did not come from a page of the console.")
        }
    }
}
