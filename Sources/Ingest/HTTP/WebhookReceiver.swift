import EventStore
import FoundationEssentials
package import HTTPServing
import NIOCore
import NIOHTTP1
package import Orders
import ServiceRuntime

/// Takes webhooks: verifies, identifies, makes them durable, answers.
package struct WebhookReceiver: Sendable {
    private let configuration: IngestConfiguration
    private let coalescer: Coalescer
    private let refusals: RefusalLog
    private let isOtherAvailable: @Sendable () -> Bool
    private let now: @Sendable () -> Instant
    private let metrics = ReceiverMetrics()

    /// - Parameters:
    ///   - isOtherAvailable: whether what is served beside webhooks can do its work.
    ///   - now: the time of arrival that is stored with an event.
    package init(
        configuration: IngestConfiguration,
        coalescer: Coalescer,
        refusals: RefusalLog,
        isOtherAvailable: @escaping @Sendable () -> Bool = { true },
        now: @escaping @Sendable () -> Instant
    ) {
        self.configuration = configuration
        self.coalescer = coalescer
        self.refusals = refusals
        self.isOtherAvailable = isOtherAvailable
        self.now = now
    }

    /// Where webhooks come in, and `GET /health`.
    package var routes: Routes {
        var routes = Routes()
        for (path, route) in Route.paths { routes.add(.POST, path, WebhookEndpoint(receiver: self, route: route)) }
        routes.add(.GET, "/health", HealthEndpoint(receiver: self))
        return routes
    }

    var maxBodyBytes: Int { configuration.maxBodyBytes }

    /// What a complete request brings: verified and identified.
    func receive(_ route: Route, _ headers: HTTPHeaders, _ body: [UInt8]) throws(Refusal) -> Delivery {
        switch route {
        case .shopify: Delivery(route: route, events: [try shopify(headers, body)])
        case .courier(let provider): Delivery(route: route, events: try callbacks(of: provider, headers, body))
        }
    }

    /// Succeeds once all events are durable, and says whether any of them is new; fails with a `CoalescerRefusal`.
    func store(_ delivery: Delivery, on eventLoop: any EventLoop) -> EventLoopFuture<AppendOutcome> {
        if delivery.events.count == 1 { return store(delivery.events[0], on: eventLoop) }
        let outcomes = delivery.events.map { store($0, on: eventLoop) }
        return EventLoopFuture.whenAllSucceed(outcomes, on: eventLoop).map { $0.contains(.accepted) ? .accepted : .duplicate }
    }

    private func store(_ event: IncomingEvent, on eventLoop: any EventLoop) -> EventLoopFuture<AppendOutcome> {
        let pending = PendingEvent(event, on: eventLoop)
        coalescer.submit(pending)
        return pending.answer.futureResult
    }

    func answer(_ outcome: Result<AppendOutcome, any Error>, to delivery: Delivery) -> Answer {
        switch outcome {
        case .success(let outcome):
            metrics.stored(delivery.route.source, outcome)
            return outcome == .accepted ? .accepted(delivery.id) : .duplicate(delivery.id)
        case .failure(let error):
            return refuse((error as? CoalescerRefusal).map { Refusal($0) } ?? .unavailable, source: delivery.route.source)
        }
    }

    /// Counts and logs a refusal; the source is nil when the request found no route.
    package func refuse(_ refusal: Refusal, source: String?) -> Answer {
        let source = source ?? ReceiverMetrics.noSource
        metrics.refused(source, refusal.status)
        refusals.write(refusal, source: source)
        return .refusal(refusal)
    }

    var health: Answer {
        coalescer.isAvailable && isOtherAvailable() ? .healthy : .unhealthy("PostgreSQL cannot be reached")
    }

    private func shopify(_ headers: HTTPHeaders, _ body: [UInt8]) throws(Refusal) -> IncomingEvent {
        let signed = SignedHeaders(headers)
        do {
            let about = try signed.about.normalised()
            let settings = configuration.shopify
            let shop = about.shop(default: settings.defaultShop)
            try judge(settings.verdict(for: body, shop: shop, header: signed.signature), source: "shopify")
            var event = try IncomingEvent.shopify(about, body: body, receivedAt: now(), defaultShop: settings.defaultShop)
            event.traceID = signed.traceparent.flatMap(TraceID.init(traceparent:))?.uuid
            return event
        } catch let error as IncomingEventError {
            throw .malformed("\(error)")
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            preconditionFailure("no other error is thrown here")
        }
    }

    private func callbacks(of provider: CourierProvider, _ headers: HTTPHeaders, _ body: [UInt8]) throws(Refusal)
        -> [IncomingEvent]
    {
        let verdict = configuration.couriers.verdict(for: body, provider: provider) { headers.first(name: $0) }
        try judge(verdict, source: provider.rawValue)
        do {
            var events = try IncomingEvent.courier(provider, body: body, receivedAt: now())
            if let trace = headers.first(name: "traceparent").flatMap(TraceID.init(traceparent:)) {
                for index in events.indices { events[index].traceID = trace.uuid }
            }
            return events
        } catch {
            throw .malformed("\(error)")
        }
    }

    private func judge(_ verdict: SignatureVerdict, source: String) throws(Refusal) {
        switch verdict {
        case .valid(let secret): metrics.signed(source, secret: secret)
        case .unchecked: break
        case .missing: throw .unsigned("the header is missing")
        case .invalid(let reason): throw .unsigned(reason)
        }
    }
}

/// The events of one request: several when a courier reports several parcels in one body.
struct Delivery: Sendable {
    let route: Route
    let events: [IncomingEvent]

    /// What the answer calls it.
    var id: String { events.first.map { $0.deliveryID ?? $0.id.description } ?? "" }
}
