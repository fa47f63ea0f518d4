import EventStore
import FoundationEssentials
import HTTPTypes
import Hummingbird
package import Logging
import Metrics
import NIOCore
package import Orders

/// Takes webhooks: reads, verifies, identifies, waits until they are durable, answers.
package struct WebhookReceiver: Sendable {
    private let configuration: IngestConfiguration
    private let coalescer: Coalescer
    private let logger: Logger
    private let now: @Sendable () -> Instant
    private let budget: BodyBudget
    private let metrics = ReceiverMetrics()

    /// - Parameter now: the time of arrival that is stored with an event.
    package init(
        configuration: IngestConfiguration,
        coalescer: Coalescer,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        self.configuration = configuration
        self.budget = BodyBudget(limit: configuration.maxBodiesBytes)
        self.coalescer = coalescer
        self.logger = logger
        self.now = now
    }

    /// `POST /webhooks/shopify`
    func shopify(_ request: Request) async -> Response {
        await answer(source: "shopify") {
            let body = try await body(of: request)
            let signed = SignedHeaders(request.headers)
            let headers = try identify { () throws(IncomingEventError) in try signed.about.normalised() }
            let verdict = configuration.shopify.verdict(
                for: body,
                shop: headers.shop(default: configuration.shopify.defaultShop),
                header: signed.signature
            )
            try judge(verdict, source: "shopify")
            let event = try identify { () throws(IncomingEventError) in
                try IncomingEvent.shopify(
                    headers,
                    body: body,
                    receivedAt: now(),
                    defaultShop: configuration.shopify.defaultShop
                )
            }
            return (try await store([event]), event.deliveryID ?? event.id.description)
        }
    }

    /// `POST /webhooks/courier` and `POST /webhooks/couriers/{provider}`
    func courier(_ provider: CourierProvider, _ request: Request) async -> Response {
        await answer(source: provider.rawValue) {
            let body = try await body(of: request)
            let verdict = configuration.couriers.verdict(for: body, provider: provider) { name in
                HTTPField.Name(name).flatMap { request.headers[$0] }
            }
            try judge(verdict, source: provider.rawValue)
            let events = try identify { () throws(IncomingEventError) in
                try IncomingEvent.courier(provider, body: body, receivedAt: now())
            }
            return (try await store(events), events.first?.id.description ?? "")
        }
    }

    private func answer(
        source: String,
        _ receive: () async throws -> (outcome: AppendOutcome, deliveryID: String)
    ) async -> Response {
        do {
            let (outcome, deliveryID) = try await receive()
            metrics.stored(source, outcome)
            return outcome == .accepted ? Answer.accepted(deliveryID) : Answer.duplicate(deliveryID)
        } catch let refusal as Refusal {
            return refuse(refusal, source: source)
        } catch {
            return refuse(.interrupted, source: source)
        }
    }

    private func refuse(_ refusal: Refusal, source: String) -> Response {
        metrics.refused(source, refusal.status)
        logger.notice(
            "A request was refused.",
            metadata: [
                "event.source": "\(source)", "http.status": "\(refusal.status.code)", "reason": "\(refusal.sentence)",
            ]
        )
        return Answer.refusal(refusal.status, refusal.sentence)
    }

    private func body(of request: Request) async throws -> [UInt8] {
        if let type = request.headers[.contentType], !Self.isJSON(type) { throw Refusal.contentType }
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? configuration.maxBodyBytes
        guard length <= configuration.maxBodyBytes else { throw Refusal.tooLarge }
        do {
            return try await budget.reserving(length) {
                let buffer = try await request.body.collect(upTo: configuration.maxBodyBytes)
                return Array(buffer.readableBytesView)
            }
        } catch is NIOTooManyBytesError {
            throw Refusal.tooLarge
        }
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" && $0 != " " }
        return type.lowercased() == "application/json"
    }

    private func judge(_ verdict: SignatureVerdict, source: String) throws(Refusal) {
        switch verdict {
        case .valid(let secret): metrics.signed(source, secret: secret)
        case .unchecked: break
        case .missing: throw .unsigned("the header is missing")
        case .invalid(let reason): throw .unsigned(reason)
        }
    }

    private func identify<R>(_ body: () throws(IncomingEventError) -> R) throws(Refusal) -> R {
        do {
            return try body()
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// A body with several parcels is new when any of its events is.
    private func store(_ events: [IncomingEvent]) async throws(Refusal) -> AppendOutcome {
        var outcome = AppendOutcome.duplicate
        for event in events {
            do throws(CoalescerRefusal) {
                if try await coalescer.append(event) == .accepted { outcome = .accepted }
            } catch {
                throw Refusal(error)
            }
        }
        return outcome
    }
}
