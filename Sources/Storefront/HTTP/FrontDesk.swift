import EventStore
import HTTPServing
import Logging
import NIOCore
import NIOHTTP1
import Orders
import Postgres

/// What all operations of the storefront share.
final class FrontDesk: Sendable {
    let configuration: StorefrontConfiguration
    let gate: ClientGate
    let coalescer: Coalescer
    private let pool: PostgresPool
    private let logger: Logger
    private let metrics = StorefrontMetrics()

    init(configuration: StorefrontConfiguration, coalescer: Coalescer, pool: PostgresPool, logger: Logger) {
        self.configuration = configuration
        gate = ClientGate(configuration.clients)
        self.coalescer = coalescer
        self.pool = pool
        self.logger = logger
    }

    /// Lets administrators pass. Whoever guesses tokens is counted like any other client.
    func admit(_ request: Request) throws(Refusal) {
        guard let token = configuration.adminToken else {
            try gate.enter(request)
            throw Refusal(
                status: .forbidden,
                sentence: "products cannot be changed here: no STOREFRONT_ADMIN_TOKEN is configured"
            )
        }
        guard token.isBorne(by: request.head.headers.first(name: "authorization")) else {
            try gate.enter(request)
            throw Refusal(
                status: .unauthorized,
                sentence: "changing products needs the token of the storefront as a bearer token",
                headers: [("WWW-Authenticate", "Bearer")]
            )
        }
    }

    /// Runs a unit of work on a connection of the storefront; its result is the answer to come.
    func working(
        on eventLoop: any EventLoop,
        _ work: @escaping @Sendable (isolated PostgresConnection) throws -> Answer
    ) -> EventLoopFuture<Answer> {
        // A task without a parent: the connection that waits for it is no task. The pool bounds how many of them wait, and the
        // server ends after them.
        eventLoop.makeFutureWithTask { [self] in
            do {
                return try await pool.withConnection(work)
            } catch let refusal as Refusal {
                return refuse(refusal)
            } catch {
                logger.warning("A request of the storefront could not be answered.", metadata: ["error": "\(error)"])
                return refuse(.unavailable)
            }
        }
    }

    /// Lets a wish wait for its transaction.
    func buy(_ request: OrderRequest, on eventLoop: any EventLoop) -> EventLoopFuture<Answer> {
        let pending = PendingOrder(request, on: eventLoop)
        let answer = eventLoop.makePromise(of: Answer.self)
        coalescer.submit(pending)
        pending.answer.futureResult.whenComplete { [self] outcome in
            do throws(Refusal) {
                let reply = try Self.reply(outcome)
                metrics.replied(reply)
                answer.succeed(try reply.answer(to: request))
            } catch {
                answer.succeed(refuse(error))
            }
        }
        return answer.futureResult
    }

    private static func reply(_ outcome: Result<Sale.Reply, any Error>) throws(Refusal) -> Sale.Reply {
        switch outcome {
        case .success(let reply): return reply
        case .failure(let error): throw (error as? CoalescerRefusal).map { Refusal($0) } ?? .unavailable
        }
    }

    /// Counts and logs a refusal.
    func refuse(_ refusal: Refusal) -> Answer {
        metrics.refused(refusal.status)
        logger.debug(
            "A request of the storefront was refused.",
            metadata: ["http.status": "\(refusal.status.code)", "reason": "\(refusal.sentence)"]
        )
        return .refusal(refusal)
    }
}
