import FoundationEssentials
package import Orders
package import Postgres

/// Reads everything that explains one order, a page of events at a time.
package enum OrderExplanation {
    /// Most events that are read of one order: the newest; the rest is counted.
    package static let maxEvents = 20_000
    /// Events in memory at once.
    private static let pageEvents: Int32 = 500

    /// Explains an order as it is at one moment; nil when nobody has ever heard of it.
    ///
    /// - Parameter isBookingOn: whether orders have effects; nil where the asker does not know.
    /// - Throws: `StateError` when the stored registers cannot be read, `PostgresError`; safe to repeat.
    package static func read(
        _ order: OrderID,
        statuses: CourierStatusMap,
        policy: BookingPolicy,
        isBookingOn: Bool? = nil,
        on connection: isolated PostgresConnection
    ) throws -> Explanation? {
        try connection.transaction { transaction in
            // State, events and bookings: others go on merging.
            try transaction.readOneMoment()
            let id: [Binding] = [.uuid(order.uuid)]
            let head = try transaction.pipeline([
                (ExplanationStatements.order, id), (BookingRow.ofSubjects, [.uuids([order.uuid])]),
                (ExplanationStatements.jobs, id), (ExplanationStatements.counts, id),
            ])
            let row = head[0].first
            let events = Int(try head[3][0].decode(0, as: Int64.self))
            guard row != nil || events > 0 else { return nil }
            var context = BookingContext(policy: policy, isOn: isBookingOn)
            context.bookings = try BookingRow.bookings(head[1])[order] ?? []
            context.jobs = try head[2].compactMap { try BookingContext.Job(row: $0, order: order) }
            var isScrubbed = false
            var state = OrderState()
            if let row {
                let stored: [UInt8] = try row.decode(0)
                isScrubbed = try row.decode(1)
                context.isQuarantined = try row.decode(2)
                if !stored.isEmpty { state = try OrderState(decoding: stored) }
            }
            var builder = ExplanationBuilder(state, isScrubbed: isScrubbed, statuses: statuses)
            try read(order, into: &builder, in: &transaction)
            return builder.explanation(
                booking: context,
                total: events,
                duplicates: Int(try head[3][0].decode(1, as: Int64.self))
            )
        }
    }

    private static func read(
        _ order: OrderID,
        into builder: inout ExplanationBuilder,
        in transaction: inout Postgres.Transaction
    ) throws {
        var bindings: [Binding] = [.uuid(order.uuid), .timestamptz(nil), .uuid(nil), .int4(pageEvents)]
        var read = 0
        while read < maxEvents {
            let page = try transaction.query(ExplanationStatements.events, bindings)
            for row in page { builder.add(try EventAccount(row: row)) }
            read += page.count
            guard page.count == Int(pageEvents), let last = page.last else { return }
            bindings[1] = .timestamptz(try last.instant(ExplanationStatements.receivedAtColumn).microseconds)
            bindings[2] = .uuid(try last.decode(ExplanationStatements.eventIDColumn))
        }
    }

    /// The orders that ever named a parcel.
    package static func orders(
        shippingWith waybill: Waybill,
        on connection: isolated PostgresConnection
    ) throws -> [OrderID] {
        try connection.query(ExplanationStatements.ofWaybill, [.uuid(waybill.id.uuid)]).map { OrderID(try $0.decode(0)) }
    }
}

extension EventAccount {
    fileprivate init(row: Row) throws {
        let stored = try StoredEvent(row: row)
        let column = StoredEvent.columnCount
        let isStillWaiting: Bool = try row.decode(column + 1)
        let status = try row.decodeIfPresent(column + 2, as: String.self).flatMap(AuditStatus.init)
        let end: EventAccount.End =
            switch status {
            case nil: .waiting
            case .failed: isStillWaiting ? .waiting : .failed
            // Its parcel may be another order's too; what this order has merged is in its state.
            case .parked: .parked
            case .processed, .discarded, .duplicate, .unmapped: .merged
            }
        self.init(
            id: stored.id,
            fact: stored.fact,
            receivedAt: try row.instant(column),
            end: end,
            reason: try row.decodeIfPresent(column + 3),
            flags: try row.decodeIfPresent(column + 4, as: String.self)?.split(separator: "\n").map(String.init) ?? []
        )
    }
}

extension BookingContext.Job {
    /// Nil for a job that books nothing.
    fileprivate init?(row: Row, order: OrderID) throws {
        let prefix = EffectKey.bookPrefix(of: order)
        let key: String = try row.decode(0)
        guard key.hasPrefix(prefix), let attempt = Int32(key.dropFirst(prefix.count)) else { return nil }
        let state: String = try row.decode(1)
        self.init(
            attempt: attempt,
            takes: try row.decode(2),
            waits: .milliseconds(try row.decode(3, as: Int64.self)),
            isRunning: state == "running",
            isBlocked: state == "blocked",
            isDead: state == "dead",
            lastError: try row.decodeIfPresent(4)
        )
    }
}
