import HTTPTypes
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import Orders
import Postgres
import Synchronization

/// Answers requests: finds the route, the caller and whether one may call the other, and says every refusal in one form.
final class Responder: Sendable {
    private let routes: RouteTable
    private let assets: AssetStore
    private let authenticator: Authenticator
    private let origins: OriginPolicy
    private let trustsProxy: Bool
    private let sendTimeout: Duration
    private let requestTimeout: Duration
    private let host: HostFacilities
    private let logger: Logger
    private let running = Atomic(0)
    private let requests = Counter(label: "console_requests_total")
    private let failures = Counter(label: "console_request_failures_total")
    private let duration = Metrics.Timer(label: "console_request_duration_seconds")

    init(
        routes: RouteTable,
        assets: AssetStore,
        authenticator: Authenticator,
        origins: OriginPolicy,
        trustsProxy: Bool,
        sendTimeout: Duration,
        requestTimeout: Duration,
        host: HostFacilities,
        logger: Logger
    ) {
        self.routes = routes
        self.assets = assets
        self.authenticator = authenticator
        self.origins = origins
        self.trustsProxy = trustsProxy
        self.sendTimeout = sendTimeout
        self.requestTimeout = requestTimeout
        self.host = host
        self.logger = logger
    }

    /// One request of a connection, from head to end.
    @Sendable func respond(
        _ request: Request,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        let requestID = host.uuid().text
        let start = ContinuousClock.now
        let answer = await answer(request, requestID: requestID, peer: channel.remoteAddress?.ipAddress)
        var head = HTTPResponse(status: answer.status, headerFields: Self.headers(of: answer, requestID: requestID))
        var body = answer.body
        if request.method == .head { body = .none }
        // What is left of a refused body is not read, and behind a wish for an upgrade NIO's decoder reads no further request.
        if answer.status.code >= 400 && request.method != .get || request.headers[.upgrade] != nil {
            head.headerFields[.connection] = "close"
        }
        requests.increment()
        duration.record(duration: start.duration(to: .now))
        let watch = SendWatch(channel, patience: sendTimeout)
        defer { watch.stop() }
        switch body {
        case .none: try await writer.writeResponse(head)
        case .bytes(let bytes):
            watch.begin()
            try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .buffer(let buffer):
            watch.begin()
            try await writer.write(response: head, body: ResponseBody(byteBuffer: buffer))
        case .stream(let stream):
            let body = ResponseBody { writer in
                var watched: any ResponseBodyWriter = WatchedWriter(writer, watch)
                try await stream(&watched)
            }
            try await writer.write(response: head, body: body)
        }
        if head.headerFields[.connection] == "close" { channel.close(mode: .output, promise: nil) }
    }

    private func answer(_ request: Request, requestID: String, peer: String?) async -> Answer {
        defer { running.subtract(1, ordering: .relaxed) }
        do {
            guard running.add(1, ordering: .relaxed).newValue <= ConsoleConfiguration.maxRequests else {
                throw APIError(.unavailable, "The console has too much to do at the moment; try again.")
            }
            return try await route(request, requestID: requestID, peer: peer)
        } catch let error as APIError {
            return error.answer(requestID: requestID)
        } catch let error as PostgresError {
            return refusal(of: error, requestID).answer(requestID: requestID)
        } catch {
            failures.increment()
            logger.error("A request failed.", metadata: ["request.id": "\(requestID)", "error": "\(error)"])
            return APIError(.internal, "Something went wrong; the log has it under this request id.").answer(requestID: requestID)
        }
    }

    /// Too long, out of range, no time, a time out of range, no text of this encoding, not to be translated into it.
    private static let refusedValues: Set<String> = ["22001", "22003", "22007", "22008", "22021", "22P05"]

    private func refusal(of error: PostgresError, _ requestID: String) -> APIError {
        failures.increment()
        let metadata: Logger.Metadata = ["request.id": "\(requestID)", "error": "\(error)"]
        switch error.classification {
        case .transient where error.sqlState == "57014":
            logger.warning("A request took PostgreSQL too long.", metadata: metadata)
            return APIError(.unavailable, "The database took too long; narrow the filter or try again.")
        case .transient:
            logger.warning("PostgreSQL is away.", metadata: metadata)
            return APIError(.unavailable, "The database cannot be reached at the moment.")
        case .permanent where Self.refusedValues.contains(error.sqlState ?? ""):
            // Every value is checked before, but what PostgreSQL holds to be one is PostgreSQL's to say.
            logger.warning("PostgreSQL refused a value.", metadata: metadata)
            return APIError(.invalidInput, "A value cannot be kept or compared.")
        case .permanent, .fatal:
            logger.error("PostgreSQL refused a statement.", metadata: metadata)
            return APIError(.internal, "Something went wrong; the log has it under this request id.")
        }
    }

    private func route(_ request: Request, requestID: String, peer: String?) async throws -> Answer {
        let target = (request.head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = target.first ?? "/"
        switch routes.match(request.method, path) {
        case .route(let route, let values):
            if route.isPage, request.method == .get || request.method == .head, request.prefersPage {
                return assets.index(for: request.head)
            }
            return try await call(route, values, query: target.count > 1 ? String(target[1]) : nil, request, requestID, peer)
        case .otherMethod(let methods):
            var error = APIError(.methodNotAllowed, "The path does not know this method.")
            error.headers[.allow] = Set(methods.map(\.rawValue)).sorted().joined(separator: ", ")
            throw error
        case .none:
            guard !path.hasPrefix("/api/"), request.method == .get || request.method == .head else {
                throw APIError.notFound("path")
            }
            return try assets.answer(path, for: request.head)
        }
    }

    private func call(
        _ route: Route,
        _ values: [String: String],
        query: String?,
        _ request: Request,
        _ requestID: String,
        _ peer: String?
    ) async throws -> Answer {
        let caller = try await authorised(route, request.head)
        let call = Call(
            request: request,
            requestID: requestID,
            caller: caller,
            address: address(request.head, peer),
            isSecure: Authenticator.isSecure(request.head, trustsProxy: trustsProxy),
            requestTimeout: requestTimeout,
            path: values,
            query: try QueryParameters(query, known: route.parameters)
        )
        return try await route.handler(call)
    }

    /// Who may make the request; an open route that changes something must still be called by our own page.
    private func authorised(_ route: Route, _ request: HTTPRequest) async throws -> Caller? {
        let changes = request.method != .get && request.method != .head
        guard case .role(let role) = route.access else {
            if changes { try origins.requireOwnPage(request) }
            return nil
        }
        guard let caller = try await authenticator.caller(of: request) else {
            var error = APIError(.unauthenticated, "Sign in first.")
            error.headers[.wwwAuthenticate] = "Bearer"
            throw error
        }
        if changes, caller.isPerson { try origins.requireOwnPage(request) }
        guard caller.role >= role else {
            throw APIError(.forbidden, "This needs the role \(role.rawValue); yours is \(caller.role.rawValue).")
        }
        return caller
    }

    private func address(_ request: HTTPRequest, _ peer: String?) -> String {
        // The last one is what our own proxy saw; what stands before it anybody can write.
        let forwarded = trustsProxy ? request.headerFields[.forwardedFor]?.split(separator: ",").last : nil
        return forwarded.map { String($0.trimmingPrefix(while: \.isWhitespace).prefix(64)) } ?? peer ?? "unknown"
    }

    private static func headers(of answer: Answer, requestID: String) -> HTTPFields {
        var headers = answer.headers
        headers[.xRequestID] = requestID
        if let type = answer.contentType { headers[.contentType] = type }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        switch answer.body {
        case .none: if answer.status != .noContent { headers[.contentLength] = "0" }
        case .bytes(let bytes): headers[.contentLength] = String(bytes.count)
        case .buffer(let buffer): headers[.contentLength] = String(buffer.readableBytes)
        case .stream: break
        }
        for (name, value) in SecurityHeaders.all { headers[name] = value }
        return headers
    }
}

extension Request {
    /// Whether a person's browser asks for a page rather than a program for data.
    var prefersPage: Bool { headers[.accept]?.contains("text/html") ?? false }
}

extension HTTPField.Name {
    static let xRequestID = HTTPField.Name("X-Request-Id")!
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")!
}
