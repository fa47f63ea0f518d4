import HTTPTypes
import Orders
import Postgres

/// Finds out who makes a request: by a cookie for people, by a bearer token for machines.
struct Authenticator: Sendable {
    /// The session's cookie; over TLS browsers are told that it belongs to this host only.
    static let cookie = "orders_console"
    static let secureCookie = "__Host-orders_console"
    /// Longest credential we look up.
    private static let maxLength = 128

    let pool: PostgresPool
    /// Whether a proxy says over what a request came.
    let trustsProxy: Bool

    /// Nil when the request carries no credential, or one that has ended.
    func caller(of request: HTTPRequest) async throws -> Caller? {
        if let authorization = request.headerFields[.authorization] {
            let words = authorization.split(separator: " ", maxSplits: 1)
            guard words.count == 2, words[0].lowercased() == "bearer", words[1].utf8.count <= Self.maxLength else { return nil }
            let secret = String(words[1])
            return try await pool.withConnection { try TokenTable.find(secret, on: $0) }
        }
        guard let secret = session(in: request) else { return nil }
        let hash = Digest(of: Array(secret.utf8)).bytes
        return try await pool.withConnection { try SessionTable.find(hash, on: $0) }
    }

    /// Whether a request came over TLS.
    static func isSecure(_ request: HTTPRequest, trustsProxy: Bool) -> Bool {
        trustsProxy && request.headerFields[.forwardedProtocol]?.lowercased() == "https"
    }

    private func session(in request: HTTPRequest) -> String? {
        // Over TLS only the name that no sister site can set: nobody is signed in as somebody else by a planted cookie.
        let expected = Self.isSecure(request, trustsProxy: trustsProxy) ? Self.secureCookie : Self.cookie
        for line in request.headerFields[values: .cookie] {
            for pair in line.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[1].utf8.count <= Self.maxLength else { continue }
                if parts[0].trimmingPrefix(while: \.isWhitespace) == expected { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The header that gives a browser its session, or takes it away with an empty secret.
    static func setCookie(_ secret: String, isSecure: Bool, maxAgeSeconds: Int) -> String {
        let name = isSecure ? secureCookie : cookie
        return "\(name)=\(secret); Path=/; Max-Age=\(maxAgeSeconds); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
    }
}
