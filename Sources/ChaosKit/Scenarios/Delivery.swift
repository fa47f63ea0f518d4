package import Orders

/// A request and the events that must be in the store when it is answered with a success.
package struct Delivery: Sendable {
    package var request: PreparedRequest
    package var events: [IncomingEvent]

    package init(request: PreparedRequest, events: [IncomingEvent]) {
        self.request = request
        self.events = events
    }

    /// A webhook for the server named by `host`.
    ///
    /// - Parameter time: stands for the time of arrival where nothing else dates the event.
    package init(_ webhook: Webhook, host: String, signer: ShopifySigner, at time: Instant) throws {
        self.init(request: webhook.request(host: host, signer: signer), events: [try webhook.event(receivedAt: time)])
    }
}
