import FoundationEssentials
package import Orders
package import Postgres

/// Captures a window of deliveries from the event store, without personal data.
package struct Recorder: Sendable {
    /// Most deliveries of one recording: it is made in memory.
    package static let maxDeliveries = 100_000
    /// Salts tried until a body's hash begins as it did before: one in 256 does.
    private static let maxSalt = 8_192

    private let pseudonyms: Pseudonyms

    package init(_ pseudonyms: Pseudonyms) {
        self.pseudonyms = pseudonyms
    }

    /// What was delivered from `start` up to `end`, in the order it came.
    ///
    /// - Throws: `ScenarioRun.Refusal` when that is too much.
    package func record(from start: Instant, to end: Instant, on connection: isolated PostgresConnection) throws -> Recording {
        let parameters: [Binding] = [
            .timestamptz(start.microseconds), .timestamptz(end.microseconds), .int8(Int64(Self.maxDeliveries + 1)),
        ]
        var originals: [Recording.Delivered] = []
        for row in try connection.query(RecordingStatements.deliveries, parameters) {
            guard let receivedAt = try Self.instant(row, 0) else { continue }
            let (source, topic): (String, String) = (try row.decode(1), try row.decode(3))
            let body: [UInt8] = try row.decode(7)
            let draft: EventDraft
            if source == IncomingEvent.courierSource {
                guard let provider = CourierProvider(topic) else { continue }
                draft = .callback(provider, body: body)
            } else {
                let (identity, name): (UUID, String?) = (try row.decode(4), try row.decode(5))
                draft = .webhook(
                    Webhook(
                        topic: topic,
                        shop: try row.decode(2),
                        webhookID: name ?? "recorded-\(identity.uuidString.lowercased())",
                        // The store keeps what an event was called only as a hash, which is as good a name.
                        eventID: "recorded-\(identity.uuidString.lowercased())",
                        triggeredAt: try Self.instant(row, 6),
                        body: body
                    )
                )
            }
            let delivered = Recording.Delivered(draft: draft, receivedAt: receivedAt)
            // A callback about several parcels is stored once for each.
            if source == IncomingEvent.courierSource, originals.last == delivered { continue }
            originals.append(delivered)
        }
        guard originals.count <= Self.maxDeliveries else {
            throw ScenarioRun.Refusal("There are more than \(Self.maxDeliveries) deliveries in that time; record less of it.")
        }
        return try recording(of: originals)
    }

    private static func instant(_ row: Row, _ column: Int) throws -> Instant? {
        try row.decodeIfPresent(column, as: PostgresTimestamp.self).flatMap { Instant(microseconds: $0.microseconds) }
    }

    /// The deliveries without personal data, and what they come to.
    func recording(of originals: [Recording.Delivered]) throws -> Recording {
        var replaced: [Digest: [UInt8]] = [:]
        for delivered in originals {
            let body = delivered.draft.body
            replaced[Digest(of: body)] = pseudonyms.replaced(body)
        }
        // Ties are decided by the hash of a body. Where the replaced one would decide otherwise, it is made to begin alike.
        let different = try differences(originals, replaced)
        for (hash, body) in try bodies(of: different, in: originals) { replaced[hash] = salted(body, like: hash) }
        let deliveries = Self.replacing(originals, replaced)
        return Recording(deliveries: deliveries, orders: try Recording.outcome(of: deliveries))
    }

    private func differences(_ originals: [Recording.Delivered], _ replaced: [Digest: [UInt8]]) throws -> Set<OrderID> {
        let before = try ExpectedOrder.fold(originals.flatMap { try $0.draft.events(at: $0.receivedAt) })
        let after = try ExpectedOrder.fold(Self.replacing(originals, replaced).flatMap { try $0.draft.events(at: $0.receivedAt) })
        return Set(
            before.filter { id, order in
                let winner = order.winner.flatMap { replaced[$0] }.map { Digest(of: $0) }
                return after[id].map { $0.winner != winner || $0.summary != order.summary } ?? true
            }.keys
        )
    }

    private func bodies(of orders: Set<OrderID>, in originals: [Recording.Delivered]) throws -> [Digest: [UInt8]] {
        var bodies: [Digest: [UInt8]] = [:]
        for delivered in originals where !orders.isEmpty {
            for event in try delivered.draft.events(at: delivered.receivedAt) {
                if case .order(let id) = event.subject, orders.contains(id) { bodies[event.bodyHash] = event.body }
            }
        }
        return bodies
    }

    private func salted(_ body: [UInt8], like hash: Digest) -> [UInt8] {
        for salt in 1..<Self.maxSalt {
            let candidate = pseudonyms.replaced(body, salt: salt)
            if Digest(of: candidate).bytes.first == hash.bytes.first { return candidate }
        }
        return pseudonyms.replaced(body)
    }

    private static func replacing(_ originals: [Recording.Delivered], _ bodies: [Digest: [UInt8]]) -> [Recording.Delivered] {
        originals.map { delivered in
            let body = bodies[Digest(of: delivered.draft.body)] ?? []
            var delivered = delivered
            switch delivered.draft {
            case .callback(let provider, _): delivered.draft = .callback(provider, body: body)
            case .webhook(var webhook):
                webhook.body = body
                delivered.draft = .webhook(webhook)
            }
            return delivered
        }
    }
}

private enum RecordingStatements {
    /// Run once by “chaos record”. Served by the partitions of the window; duplicates by `event_store_subject_index`.
    static let deliveries = Statement(
        "chaos_record",
        """
        SELECT received_at, source, shop, topic, identity, delivery_id, triggered_at, body
        FROM (
            SELECT e.received_at, e.source, e.shop, e.topic, e.identity, e.delivery_id, e.triggered_at, e.body, e.event_id
            FROM event_store AS e
            WHERE e.received_at >= $1 AND e.received_at < $2 AND e.source IN ('shopify', 'courier')
            UNION ALL
            SELECT d.received_at, e.source, e.shop, e.topic, e.identity, d.delivery_id, d.triggered_at, e.body, e.event_id
            FROM duplicate_deliveries AS d
            JOIN event_store AS e ON e.subject_id = d.subject_id AND e.event_id = d.event_id
            WHERE d.received_at >= $1 AND d.received_at < $2 AND e.source IN ('shopify', 'courier')
        ) AS delivered
        ORDER BY received_at, event_id
        LIMIT $3
        """
    )
}
