package import Orders

/// A window of deliveries as one file: one JSON object a line, first the deliveries in the order they came, then what the orders
/// must come to.
package struct Recording: Sendable, Equatable {
    /// One delivery and when it came.
    package struct Delivered: Sendable, Equatable {
        package var draft: EventDraft
        package var receivedAt: Instant
    }

    /// What an order came to by these deliveries alone.
    package struct Order: Sendable, Equatable {
        package var shop: String
        package var refID: String
        package var version: Int64
        package var stateHash: Digest
        /// False when an event is dated by its arrival only, which no replay can repeat.
        package var isRepeatable: Bool
    }

    /// Why a file is no recording.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    static let format = "orders-recording-1"

    package var deliveries: [Delivered]
    package var orders: [Order]

    package init(deliveries: [Delivered], orders: [Order]) {
        self.deliveries = deliveries
        self.orders = orders
    }

    /// What every order comes to by the pure fold over the deliveries.
    package static func outcome(of deliveries: [Delivered]) throws -> [Order] {
        func fold(at time: (Delivered) -> Instant) throws -> [OrderID: ExpectedOrder] {
            try ExpectedOrder.fold(deliveries.flatMap { try $0.draft.events(at: time($0)) })
        }
        let (recorded, early, late) = (try fold { $0.receivedAt }, try fold { _ in .epoch }, try fold { _ in .latest })
        var names: [OrderID: (shop: String, refID: String)] = [:]
        for delivered in deliveries {
            for event in try delivered.draft.events(at: delivered.receivedAt) {
                if case .order(let id) = event.subject { names[id] = (event.shop, event.refID) }
            }
        }
        return recorded.sorted { $0.key < $1.key }.compactMap { id, order in
            names[id].map { name in
                Order(
                    shop: name.shop,
                    refID: name.refID,
                    version: order.version,
                    stateHash: order.stateHash,
                    isRepeatable: early[id]?.stateHash == late[id]?.stateHash
                )
            }
        }
    }
}

extension Recording {
    /// The lines of the file.
    package var lines: [[UInt8]] {
        [Self.line { $0.member("format", Self.format) }]
            + deliveries.map { delivered in
                Self.line { writer in
                    writer.member("received_at", delivered.receivedAt)
                    switch delivered.draft {
                    case .webhook(let webhook):
                        writer.member("topic", webhook.topic)
                        writer.member("shop", webhook.shop)
                        writer.member("webhook_id", webhook.webhookID)
                        writer.member("event_id", webhook.eventID)
                        writer.member("triggered_at", webhook.triggeredAt)
                    case .callback(let provider, _):
                        writer.member("courier", provider.rawValue)
                    }
                    writer.member("body", String(decoding: delivered.draft.body, as: UTF8.self))
                }
            }
            + orders.map { order in
                Self.line { writer in
                    writer.member("shop", order.shop)
                    writer.member("ref_id", order.refID)
                    writer.member("version", order.version)
                    writer.member("state_hash", order.stateHash.hex)
                    writer.member("repeatable", order.isRepeatable)
                }
            }
    }

    /// Reads the lines of a file.
    package init(lines: some Sequence<[UInt8]>) throws {
        self.init(deliveries: [], orders: [])
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let root = try? JSONDocument(parsing: line).root, root.isObject, try read(root, isFirst: index == 0) else {
                throw Fault(description: "line \(index + 1) is not one of a recording")
            }
        }
    }

    /// Whether the line was understood.
    private mutating func read(_ line: JSONValue, isFirst: Bool) throws -> Bool {
        if isFirst { return line.text("format") == Self.format }
        if let hash = line.text("state_hash") {
            guard let shop = line.text("shop"), let refID = line.text("ref_id"), let version = line.integer("version"),
                let stateHash = Digest(hex: hash), let isRepeatable = line.flag("repeatable")
            else { return false }
            orders.append(
                Order(shop: shop, refID: refID, version: version, stateHash: stateHash, isRepeatable: isRepeatable)
            )
            return true
        }
        guard let receivedAt = line.instant("received_at"), let body = line.text("body").map({ Array($0.utf8) }) else {
            return false
        }
        if let name = line.text("courier") {
            guard let provider = CourierProvider(name) else { return false }
            deliveries.append(Delivered(draft: .callback(provider, body: body), receivedAt: receivedAt))
            return true
        }
        guard let topic = line.text("topic"), let shop = line.text("shop") else { return false }
        let webhook = Webhook(
            topic: topic,
            shop: shop,
            webhookID: line.text("webhook_id") ?? "",
            eventID: line.text("event_id"),
            triggeredAt: line.instant("triggered_at"),
            body: body
        )
        deliveries.append(Delivered(draft: .webhook(webhook), receivedAt: receivedAt))
        return true
    }

    private static func line(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return writer.bytes
    }
}
