import AsyncHTTPClient
package import NIOCore
import NIOHTTP1
import Queues
import ServiceLifecycle
package import ServiceRuntime

/// HTTP to one destination: one deadline a call, which the lease of its job may cut short, a bounded answer, no redirects, no retries, a circuit breaker.
package struct OutboundClient: Service {
    /// Shorter than what servers usually allow, so that a call seldom meets a connection that is just being closed.
    private static let idleTimeout: TimeAmount = .seconds(10)

    private let baseURL: String
    private let timeout: Duration
    private let maxAnswerBytes: Int
    private let client: HTTPClient
    private let breaker: CircuitBreaker
    private let metrics: OutboundMetrics
    private let failpoints: Failpoints
    private let span: @Sendable () -> UInt64

    /// - Parameters:
    ///   - destination: its name in metrics.
    ///   - baseURL: without a slash at its end.
    ///   - timeout: for one call, connecting and reading included.
    ///   - span: names a call within its trace; a number that is not 0.
    package init(
        destination: String,
        baseURL: String,
        timeout: Duration,
        configuration: OutboundConfiguration,
        eventLoopGroup: any EventLoopGroup,
        failpoints: Failpoints = .off,
        span: @escaping @Sendable () -> UInt64 = { .random(in: 1...UInt64.max) }
    ) {
        self.span = span
        self.baseURL = baseURL
        self.timeout = timeout
        self.failpoints = failpoints
        maxAnswerBytes = configuration.maxAnswerBytes
        var options = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(min(configuration.connectTimeout, timeout))),
            connectionPool: .init(
                idleTimeout: Self.idleTimeout,
                concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.maxConnections
            )
        )
        options.connectionPool.retryConnectionEstablishment = false
        options.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroup: eventLoopGroup, configuration: options)
        breaker = CircuitBreaker(destination: destination, limits: configuration.breaker)
        metrics = OutboundMetrics(destination: destination)
    }

    /// Keeps the connections until graceful shutdown.
    package func run() async throws {
        // Cancelled means the same as shut down.
        try? await gracefulShutdown()
        try await client.shutdown()
    }

    /// The job may be another worker's by now: what it was about to do is left to that one.
    private struct LeaseIsOver: Error {}

    /// Nothing was sent, and nothing is known of the destination.
    private static var leaseIsOver: CallResult<[UInt8]> { .notNow("the lease is over", after: .zero) }

    /// The body of a success, or what is known otherwise.
    func send(_ request: OutboundRequest, _ permit: CallPermit = CallPermit()) async -> CallResult<[UInt8]> {
        guard permit.endsBefore.map({ $0 > .now }) ?? true else { return Self.leaseIsOver }
        switch breaker.begin() {
        case .refuse(let refusal):
            let reason = "left alone after too many failures, the last: \(refusal.failure)"
            return .notNow(reason, after: refusal.after, silence: refusal.silence)
        case .go(let ticket):
            let start = ContinuousClock.now
            let result = await exchange(request, permit)
            breaker.finish(ticket, result)
            metrics.called(request.operation, result, took: start.duration(to: .now))
            return result
        }
    }

    private func exchange(_ request: OutboundRequest, _ permit: CallPermit) async -> CallResult<[UInt8]> {
        do {
            return try await answer(to: request, permit).result
        } catch is LeaseIsOver {
            return Self.leaseIsOver
        } catch {
            return CallFailure.wasSent(error) ? .unknown("\(error)") : .unreachable("\(error)")
        }
    }

    private func answer(to request: OutboundRequest, _ permit: CallPermit) async throws -> HTTPAnswer {
        await failpoints.hit(.jobBeforeCall)
        let left = permit.endsBefore.map { ContinuousClock.now.duration(to: $0) } ?? timeout
        guard left > .zero else { throw LeaseIsOver() }
        let deadline = NIODeadline.now() + TimeAmount(min(timeout, left))
        var outgoing = HTTPClientRequest(url: baseURL + request.path)
        outgoing.method = .init(rawValue: request.method.rawValue)
        outgoing.headers = ["Accept": "application/json", "User-Agent": "orders-orchestrator"]
        if let attempt = permit.attempt { outgoing.headers.add(name: "X-Attempt", value: "\(attempt)") }
        if let trace = TraceID.current {
            outgoing.headers.add(name: "traceparent", value: trace.traceparent(span: span()))
        }
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        if request.method == .post {
            outgoing.headers.add(name: "Content-Type", value: "application/json")
            outgoing.body = .bytes(ByteBuffer(bytes: request.body))
        }
        let response = try await client.execute(outgoing, deadline: deadline)
        await failpoints.hit(.jobDuringCall)
        let body = try await body(of: response, deadline: deadline)
        await failpoints.hit(.jobAfterCall)
        return HTTPAnswer(
            status: Int(response.status.code),
            retryAfter: RetryAfter.wait(
                response.headers.first(name: "Retry-After"),
                date: response.headers.first(name: "Date")
            ),
            body: body
        )
    }

    /// The client's own deadline ends with the head of the answer, so the body gets what is left of it here.
    private func body(of response: HTTPClientResponse, deadline: NIODeadline) async throws -> [UInt8] {
        let left = deadline - .now()
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                let buffer = try await response.body.collect(upTo: maxAnswerBytes)
                return Array(buffer.readableBytesView)
            }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(left.nanoseconds))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
