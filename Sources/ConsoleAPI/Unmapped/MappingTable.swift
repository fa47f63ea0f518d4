import Postgres

/// What operators taught about couriers' words, as `courier_statuses` keeps it.
enum MappingTable {
    struct Mapping: Sendable {
        var provider: String
        var status: String
        var detail: String
        var normalised: String
        var mappedBy: String
        var mappedAt: PostgresTimestamp
    }

    static func all(on connection: isolated PostgresConnection) throws -> [Mapping] {
        try connection.query(selectAll).map { row in
            Mapping(
                provider: try row.decode(0),
                status: try row.decode(1),
                detail: try row.decode(2),
                normalised: try row.decode(3),
                mappedBy: try row.decode(4),
                mappedAt: try row.decode(5)
            )
        }
    }

    /// Run when the inbox is opened; there are few.
    private static let selectAll = Statement(
        "mapping_all",
        """
        SELECT provider, status, detail, normalised, mapped_by, mapped_at FROM courier_statuses
        ORDER BY mapped_at DESC, provider, status, detail
        LIMIT 1000
        """
    )
}
