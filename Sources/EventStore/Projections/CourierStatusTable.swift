package import Orders
package import Postgres

/// Courier statuses that operators mapped.
package enum CourierStatusTable {
    /// Every mapping; there are few.
    package static func all(on connection: isolated PostgresConnection) throws -> [CourierStatusMap.Mapping] {
        try mappings(try connection.query(selectAll))
    }

    /// The last statements of a transaction that writes a mapping down, in place of the one for the same words. When it has committed the
    /// mapping is in force: every transaction that merged without it has ended, and every later one goes by it.
    package static func put(_ mapping: CourierStatusMap.Mapping, by name: String) -> [(Statement, [Binding])] {
        // As the map compares them: one row for the same words, however they are written.
        let words = [mapping.provider, mapping.status, mapping.detail].map { Binding.text($0.trimmed.lowercased()) }
        // Each statement sees what was committed before it began.
        return [(RedactionRow.waitForMerges, []), (upsert, words + [.text(mapping.normalised.rawValue), .text(name)])]
    }

    static func mappings(_ rows: Rows) throws -> [CourierStatusMap.Mapping] {
        try rows.compactMap { row in
            guard let status = CourierStatus(rawValue: try row.decode(3)) else { return nil }
            return CourierStatusMap.Mapping(
                provider: try row.decode(0),
                status: try row.decode(1),
                detail: try row.decode(2),
                normalised: status
            )
        }
    }

    /// Run by every transaction that merges or folds, with its permit.
    static let selectAll = Statement(
        "courier_status_all",
        "SELECT provider, status, detail, normalised FROM courier_statuses ORDER BY provider, status, detail"
    )

    /// Run when an operator maps a status. Served by `courier_statuses_pkey`.
    private static let upsert = Statement(
        "courier_status_put",
        """
        INSERT INTO courier_statuses (provider, status, detail, normalised, mapped_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT courier_statuses_pkey DO UPDATE SET
            normalised = excluded.normalised, mapped_by = excluded.mapped_by, mapped_at = now()
        """
    )
}
