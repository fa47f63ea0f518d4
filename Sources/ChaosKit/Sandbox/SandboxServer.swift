import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Orders
import ServiceLifecycle
import ServiceRuntime

/// The courier service, the Shopify Admin API and the controls of a sandbox on one port.
struct SandboxServer: Service {
    /// Longest body of a call.
    static let maxBodyBytes = 1 << 20

    let world: SandboxWorld
    let sender: CallbackSender
    let logger: Logger
    let onStart: @Sendable (Int) -> Void

    func run() async throws {
        let application = Application(
            router: router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(world.options.host, port: world.options.port),
                serverName: nil,
                backlog: 1_024
            ),
            onServerRunning: { [onStart] channel in onStart(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        let (host, port) = (world.options.host, world.options.port)
        try await ListenFault.explaining("The sandbox", host: host, port: port, settings: "--host, --port") {
            try await application.run()
        }
    }

    private func router() -> Router<SandboxContext> {
        let router = Router(context: SandboxContext.self)
        router.post("/v1/shipments") { try await courier(.book, $0, $1) }
        router.get("/v1/shipments/:reference") { try await courier(.lookUp, $0, $1) }
        router.post("/v1/shipments/:reference/cancel") { try await courier(.cancel, $0, $1) }
        router.post("/v1/shipments/:reference/return") { try await courier(.returnShipment, $0, $1) }
        router.post("/admin/api/:version/graphql.json") { try await shopify($0, $1) }
        SandboxControls(world: world, sender: sender).add(to: router)
        return router
    }

    private func courier(
        _ operation: SandboxCall.Operation,
        _ request: Request,
        _ context: SandboxContext
    ) async throws -> Response {
        let body = try await Self.body(of: request)
        let key = Self.idempotencyKey(request)
        let subject = context.parameters.get("reference") ?? key ?? ""
        var call = SandboxCall(
            operation: operation,
            subject: subject.lowercased(),
            key: key ?? subject,
            attempt: Self.attempt(request)
        )
        call.traceparent = Self.traceparent(request)
        return try await handle(call, body: body, key: key, graphQL: nil, context)
    }

    private func shopify(_ request: Request, _ context: SandboxContext) async throws -> Response {
        let body = try await Self.body(of: request)
        let token = HTTPField.Name("X-Shopify-Access-Token").flatMap { request.headers[$0] }
        guard let token, world.options.shopifyToken.map({ $0 == token }) ?? true else {
            return Self.response(.error(401, "unauthorized", "Invalid API key or access token"))
        }
        guard let graphQL = GraphQLCall(body), let orderID = graphQL.orderID else {
            return Self.response(.error(400, "invalid", "one of the six operations with its variables is needed"))
        }
        let key = Self.idempotencyKey(request)
        var call = SandboxCall(
            operation: graphQL.operation,
            subject: orderID,
            // Without a key the same words mean the same effect.
            key: key ?? String(FNV1a.hash(String(decoding: body, as: UTF8.self)), radix: 16),
            shop: HTTPField.Name("X-Shopify-Shop-Domain").flatMap { request.headers[$0] } ?? "",
            attempt: Self.attempt(request)
        )
        call.traceparent = Self.traceparent(request)
        return try await handle(call, body: body, key: key, graphQL: graphQL, context)
    }

    private func handle(
        _ call: SandboxCall,
        body: [UInt8],
        key: String?,
        graphQL: GraphQLCall?,
        _ context: SandboxContext
    ) async throws -> Response {
        let begun = world.begin(call)
        let fate = begun.fate
        if fate.latency > .zero { try await Task.sleep(for: fate.latency) }
        if let failure = fate.failure, !fate.isAccepted, fate.late == nil {
            return try await fail(failure, begun, nil, context)
        }
        guard let performed = world.perform(begun, body: body, idempotencyKey: key, graphQL: graphQL) else {
            return try await fail(.reset, begun, nil, context)
        }
        if let early = performed.early { await sender.tell([early]) }
        if let failure = fate.failure { return try await fail(failure, begun, performed.answer, context) }
        let answer = performed.answer
        world.finish(
            begun,
            outcome: "\(answer.status)",
            isRefusal: answer.isRefusal,
            isInformed: answer.status == 404 || !answer.isRefusal
        )
        return Self.response(answer)
    }

    /// `answer` is what the caller would have got; nil when nothing was done.
    private func fail(
        _ failure: SandboxFault.Failure,
        _ begun: SandboxWorld.Begun,
        _ answer: SandboxAnswer?,
        _ context: SandboxContext
    ) async throws -> Response {
        let outcome = "\(answer == nil ? "" : "accepted, ")\(failure.word)"
        world.finish(begun, outcome: outcome, isRefusal: answer == nil && failure.isRefusal, isInformed: false)
        switch failure {
        case .status(let status, let retryAfter):
            let code = status == 429 ? "rate_limited" : "unavailable"
            return Self.response(.error(status, code, "a fault of the sandbox", retryAfter: retryAfter))
        case .throttled:
            return Self.response(world.throttled(begun.call))
        case .reset:
            return try await Self.hangUp(context.channel)
        case .silence(let time):
            try await Self.stayQuiet(time, context.channel)
            return try await Self.hangUp(context.channel)
        case .malformed:
            return Self.response(SandboxAnswer(status: answer?.status ?? 200, body: Array(#"{"reference":"#.utf8)))
        case .oversized:
            let padding = [UInt8](repeating: UInt8(ascii: " "), count: 32 << 20)
            return Self.response(SandboxAnswer(status: answer?.status ?? 200, body: padding))
        case .wrongSubject:
            return Self.response(.json(200) { $0.member("reference", "00000000-0000-0000-0000-000000000000") })
        case .says(let status):
            return Self.response(world.shipment(begun.call.subject, saying: status))
        }
    }

    /// Ends when the caller hangs up, too.
    private static func stayQuiet(_ time: Duration, _ channel: any Channel) async throws {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        channel.closeFuture.whenComplete { _ in end.finish() }
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup { group in
                group.addTask { try await Task.sleep(for: time) }
                group.addTask { for await _ in ends {} }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    /// Closes the connection; what is thrown never reaches anybody.
    private static func hangUp(_ channel: any Channel) async throws -> Response {
        channel.close(promise: nil)
        throw HTTPError(.internalServerError)
    }

    private static func body(of request: Request) async throws -> [UInt8] {
        Array(try await request.body.collect(upTo: maxBodyBytes).readableBytesView)
    }

    private static func idempotencyKey(_ request: Request) -> String? {
        HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] }
    }

    private static func traceparent(_ request: Request) -> String? {
        HTTPField.Name("traceparent").flatMap { request.headers[$0] }
    }

    private static func attempt(_ request: Request) -> Int {
        HTTPField.Name("X-Attempt").flatMap { request.headers[$0] }.flatMap { Int($0) } ?? 0
    }

    static func response(_ answer: SandboxAnswer) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .contentLength: "\(answer.body.count)"]
        // Whole seconds, rounded up, as the header knows no others.
        if let wait = answer.retryAfter { headers[.retryAfter] = "\((wait.microseconds + 999_999) / 1_000_000)" }
        return Response(
            status: .init(code: answer.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }
}

extension SandboxFault.Failure {
    /// For the log.
    fileprivate var word: String {
        switch self {
        case .status(let status, _): "\(status)"
        case .throttled: "throttled"
        case .reset: "reset"
        case .silence: "timeout"
        case .malformed: "malformed"
        case .oversized: "oversized"
        case .wrongSubject: "wrong subject"
        case .says(let status): "says \(status)"
        }
    }
}
