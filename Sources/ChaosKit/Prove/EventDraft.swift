package import Orders

/// Something the outside world would tell us, not signed yet.
package enum EventDraft: Sendable, Equatable {
    case webhook(Webhook)
    case callback(CourierProvider, body: [UInt8])

    package var body: [UInt8] {
        switch self {
        case .webhook(let webhook): webhook.body
        case .callback(_, let body): body
        }
    }

    /// The events that ingest makes of it.
    ///
    /// - Parameter time: stands for the time of arrival where nothing else dates the event.
    package func events(at time: Instant) throws -> [IncomingEvent] {
        switch self {
        case .webhook(let webhook): [try webhook.event(receivedAt: time)]
        case .callback(let provider, let body): try IncomingEvent.courier(provider, body: body, receivedAt: time)
        }
    }

    /// The signed request and its events.
    ///
    /// - Parameters:
    ///   - shopify: signs webhooks.
    ///   - courier: who signs callbacks.
    package func delivery(
        host: String,
        shopify: ShopifySigner,
        courier: (CourierProvider) -> CourierSigner,
        at time: Instant
    ) throws -> Delivery {
        switch self {
        case .webhook(let webhook):
            return try Delivery(webhook, host: host, signer: shopify, at: time)
        case .callback(let provider, let body):
            let (name, value) = courier(provider).header(for: body, at: time)
            let headers = [(name: "Content-Type", value: "application/json"), (name: name, value: value)]
            let request = PreparedRequest(
                path: "/webhooks/couriers/\(provider.rawValue)",
                host: host,
                headers: headers,
                body: body
            )
            return Delivery(request: request, events: try events(at: time))
        }
    }
}
