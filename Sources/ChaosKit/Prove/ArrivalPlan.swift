package import Orders

/// Every delivery of a proof in the order it is sent: all arrival orders of an event set, interleaved.
package struct ArrivalPlan: Sendable {
    /// One arrival order with orders of its own.
    package struct Copy: Sendable {
        package var order: ArrivalOrder
        /// The events of the copy by their place in the set; bodies are shared with other copies where they are equal.
        package var drafts: [EventDraft]
    }

    package let copies: [Copy]
    /// In the order they are sent.
    package let sequence: [(copy: Int, draft: Int)]

    package init(_ set: EventSet, arrivalOrders: Int, seed: UInt64) throws {
        copies = try (0..<arrivalOrders).map { number in
            Copy(
                order: ArrivalOrder(number, events: set.drafts.count, seed: seed),
                drafts: try set.copy(number)
            )
        }
        var places: [(position: Double, copy: Int, draft: Int)] = []
        for (number, copy) in copies.enumerated() {
            places += copy.order.arrivals.map { ($0.position, number, $0.draft) }
        }
        places.sort { $0.position == $1.position ? $0.copy < $1.copy : $0.position < $1.position }
        sequence = places.map { ($0.copy, $0.draft) }
    }

    /// Arrival orders in which the events come differently for the first time.
    package var distinctOrders: Int { Set(copies.map(\.order.firsts)).count }

    /// The signed deliveries; a repeated one shares its bytes with the first.
    package func deliveries(host: String, secret: String, at time: Instant) throws -> [Delivery] {
        let shopify = ShopifySigner(secret: secret)
        let made = try copies.map { copy in
            try copy.drafts.map { draft in
                try draft.delivery(
                    host: host,
                    shopify: shopify,
                    courier: { CourierSigner(provider: $0, secret: secret) },
                    at: time
                )
            }
        }
        return sequence.map { made[$0.copy][$0.draft] }
    }
}
