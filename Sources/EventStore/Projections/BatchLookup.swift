package import FoundationEssentials
package import Orders
package import Postgres

/// What a batch must know beyond its own rows: the parcels it touches and the whole history of some subjects.
package struct BatchLookup: Sendable {
    /// Waybill id → orders that ship with it, read under the waybills' locks.
    package var ordersByWaybill: [UUID: [OrderID]] = [:]
    /// Order → ids of the waybills it ever shipped with, of the orders that asked.
    package var parcels: [OrderID: [UUID]] = [:]
    package var history = EventHistory()
    /// Those of the asked-for redactions that are in force, and whether all orders concerned have been rung for.
    package var redactions: [RedactionRow: Bool] = [:]

    package init() {}

    /// What to look up.
    package struct Request: Sendable {
        package var waybills: Set<WaybillRow> = []
        package var history: Set<UUID> = []
        package var redactions: Set<RedactionRow> = []
        /// Orders that do not know their parcels: those are found, and their history with them.
        package var parcels: Set<OrderID> = []

        package init() {}

        package var isEmpty: Bool { waybills.isEmpty && history.isEmpty && redactions.isEmpty && parcels.isEmpty }
    }

    /// Locks the waybills, in id order and after the orders, then reads who ships with them and whatever else is asked for.
    package static func read(_ request: Request, in transaction: inout Postgres.Transaction) throws -> BatchLookup {
        var request = request
        var lookup = BatchLookup()
        if !request.parcels.isEmpty { try lookup.findParcels(&request, in: &transaction) }
        let waybills = request.waybills.sorted { $0.id < $1.id }
        let ids: Binding = .uuids(waybills.map(\.id))
        let results = try transaction.pipeline(
            [
                (
                    BatchLookupStatements.insertWaybills,
                    [ids, .texts(waybills.map(\.courier)), .texts(waybills.map(\.trackingNumber))]
                ),
                (BatchLookupStatements.lockWaybills, [ids]),
                (BatchLookupStatements.links, [ids]),
                (RedactionRow.existing, RedactionRow.bindings(Array(request.redactions))),
            ] + EventHistory.statements(Array(request.history))
        )
        for row in results[2] {
            lookup.ordersByWaybill[try row.decode(0), default: []].append(OrderID(try row.decode(1)))
        }
        for row in results[3] {
            let scope = RedactionRow.Scope(refID: try row.decode(2))
            let redaction = RedactionRow(source: try row.decode(0), shop: try row.decode(1), scope: scope)
            lookup.redactions[redaction] = try row.decode(3)
        }
        lookup.history = try EventHistory(results[4...])
        return lookup
    }
}

extension BatchLookup {
    private mutating func findParcels(_ request: inout Request, in transaction: inout Postgres.Transaction) throws {
        let orders = request.parcels.map(\.uuid)
        for row in try transaction.query(BatchLookupStatements.parcels, [.uuids(orders)]) {
            let waybill = WaybillRow(id: try row.decode(1), courier: try row.decode(2), trackingNumber: try row.decode(3))
            parcels[OrderID(try row.decode(0)), default: []].append(waybill.id)
            request.waybills.insert(waybill)
            request.history.insert(waybill.id)
        }
    }
}

/// A parcel as couriers name it.
package struct WaybillRow: Hashable, Sendable {
    package var id: UUID
    package var courier: String
    package var trackingNumber: String

    package init(_ waybill: Waybill) {
        self.init(id: waybill.id.uuid, courier: waybill.courier.rawValue, trackingNumber: waybill.trackingNumber)
    }

    package init(id: UUID, courier: String, trackingNumber: String) {
        self.id = id
        self.courier = courier
        self.trackingNumber = trackingNumber
    }
}

/// Run by the orchestrator for batches with courier callbacks, new parcels or a refold.
private enum BatchLookupStatements {
    /// Sorted by the caller. Served by `waybills_pkey`.
    static let insertWaybills = Statement(
        "lookup_insert_waybills",
        """
        INSERT INTO waybills (id, courier, tracking_number)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
        ON CONFLICT DO NOTHING
        """
    )

    /// Behind `insertWaybills`, in one order for all, so that no two batches wait for each other. Served by `waybills_pkey`.
    static let lockWaybills = Statement(
        "lookup_lock_waybills",
        "SELECT w.id FROM waybills AS w WHERE w.id = ANY ($1::uuid[]) ORDER BY w.id FOR UPDATE"
    )

    /// Run for orders whose registers cannot be read. Served by `shipments_pkey`.
    static let parcels = Statement(
        "lookup_parcels",
        """
        SELECT s.order_id, s.waybill_id, s.courier, s.tracking_number FROM shipments AS s WHERE s.order_id = ANY ($1::uuid[])
        ORDER BY s.order_id, s.waybill_id
        """
    )

    /// Served by `shipments_waybill_index`.
    static let links = Statement(
        "lookup_links",
        """
        SELECT s.waybill_id, s.order_id FROM shipments AS s WHERE s.waybill_id = ANY ($1::uuid[])
        ORDER BY s.waybill_id, s.order_id
        """
    )
}
