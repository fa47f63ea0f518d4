package import Orders
package import Postgres

/// Courier statuses that operators mapped.
package enum CourierStatusTable {
    /// Every mapping; there are few.
    package static func all(on connection: isolated PostgresConnection) throws -> [CourierStatusMap.Mapping] {
        try connection.query(selectAll).compactMap { row in
            guard let status = CourierStatus(rawValue: try row.decode(3)) else { return nil }
            return CourierStatusMap.Mapping(
                provider: try row.decode(0),
                status: try row.decode(1),
                detail: try row.decode(2),
                normalised: status
            )
        }
    }

    /// Run by every orchestrator each ten seconds.
    private static let selectAll = Statement(
        "courier_status_all",
        "SELECT provider, status, detail, normalised FROM courier_statuses"
    )
}
