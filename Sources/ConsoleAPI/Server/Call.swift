import FoundationEssentials
import HTTPTypes
package import HummingbirdCore
import NIOCore
import Orders

/// One request under way.
package struct Call: Sendable {
    package let request: Request
    /// Also in the answer and in the log.
    package let requestID: String
    /// Who asks; nil on an open route.
    package let caller: Caller?
    /// Where the request came from.
    package let address: String
    /// Whether it came by TLS.
    package let isSecure: Bool
    /// How long the body may take to arrive.
    let requestTimeout: Duration
    let path: [String: String]
    let query: QueryParameters

    /// Who asks; only for routes that need a role.
    func actor() throws -> Caller {
        guard let caller else { throw APIError(.unauthenticated, "Sign in first.") }
        return caller
    }

    /// A path parameter that must be a UUID.
    func uuid(_ name: String = "id") throws -> UUID {
        guard let text = path[name], let uuid = UUID(uuidString: text) else {
            throw APIError.invalid(name, "The id must be a UUID.")
        }
        return uuid
    }

    /// The body, which must be one JSON object with no other members than these.
    func object(_ members: Set<String>) async throws -> JSONValue {
        let type = request.headers[.contentType]?.split(separator: ";").first?.trimmingPrefix(while: \.isWhitespace)
        guard type?.lowercased() == "application/json" else {
            throw APIError(.unsupportedMediaType, "The body must be application/json.")
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: try await bytes(), limits: .request)
        } catch let error as JSONError {
            throw APIError(.invalidInput, error.message)
        }
        guard document.root.isObject else { throw APIError(.invalidInput, "The body must be a JSON object.") }
        try document.root.refuseOthers(than: members)
        return document.root
    }

    /// The body, which must arrive in time: whoever sends it byte by byte holds a place among the requests.
    private func bytes() async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { [request] in
                do {
                    return Array(buffer: try await request.body.collect(upTo: ConsoleConfiguration.maxBodyBytes))
                } catch is NIOTooManyBytesError {
                    throw APIError(.tooLarge, "The body is larger than \(ConsoleConfiguration.maxBodyBytes) bytes.")
                }
            }
            group.addTask { [requestTimeout] in
                try await Task.sleep(for: requestTimeout)
                throw APIError(.requestTimeout, "The body did not arrive within \(requestTimeout).")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}

extension JSONLimits {
    /// For what a person sends.
    static let request = JSONLimits(maxBytes: ConsoleConfiguration.maxBodyBytes, maxDepth: 16, maxNodes: 20_000)
}

extension [UInt8] {
    init(buffer: ByteBuffer) {
        self.init(buffer.readableBytesView)
    }
}
