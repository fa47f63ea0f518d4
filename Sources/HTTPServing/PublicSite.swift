package import NIOCore
package import Orders
package import ServiceLifecycle

/// What all connections of a public server share.
package struct PublicSite: Sendable {
    package let routes: Routes
    /// Answers a request that found no endpoint.
    package let refuse: @Sendable (Refusal) -> Answer
    package let requestTimeout: TimeAmount
    package let idleTimeout: TimeAmount
    let budget: BodyBudget
    let date: HTTPDate

    /// - Parameters:
    ///   - maxBodiesBytes: most bytes of bodies in the making at once, over all connections.
    ///   - requestTimeout: how long a client may take to send one request.
    ///   - idleTimeout: how long a connection may stay silent between two requests.
    ///   - now: the time of day for `Date`.
    package init(
        routes: Routes,
        maxBodiesBytes: Int,
        requestTimeout: TimeAmount,
        idleTimeout: TimeAmount,
        now: @escaping @Sendable () -> Instant,
        refuse: @escaping @Sendable (Refusal) -> Answer
    ) {
        self.routes = routes
        self.refuse = refuse
        self.requestTimeout = requestTimeout
        self.idleTimeout = idleTimeout
        budget = BodyBudget(limit: maxBodiesBytes)
        date = HTTPDate(now: now)
    }
}

/// A part of a public server: its routes, and the services behind them in the order of their dependencies.
package struct PublicPart: Sendable {
    package let services: [any Service]
    package let routes: Routes
    /// Whether it can do its work at the moment.
    package let isAvailable: @Sendable () -> Bool

    /// Nothing.
    package static let none = PublicPart(services: [], routes: Routes()) { true }

    package init(services: [any Service], routes: Routes, isAvailable: @escaping @Sendable () -> Bool) {
        self.services = services
        self.routes = routes
        self.isAvailable = isAvailable
    }
}
