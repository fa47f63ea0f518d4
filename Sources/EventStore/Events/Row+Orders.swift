import Orders
import Postgres

/// Columns as the domain's types.
extension Row {
    func instantIfPresent(_ column: Int) throws -> Instant? {
        guard let timestamp = try decodeIfPresent(column, as: PostgresTimestamp.self) else { return nil }
        guard let instant = Instant(microseconds: timestamp.microseconds) else {
            throw PostgresError(.decoding, "column \(column) is a time before 1970 or after 9999")
        }
        return instant
    }

    func instant(_ column: Int) throws -> Instant {
        guard let instant = try instantIfPresent(column) else { throw PostgresError(.decoding, "column \(column) is NULL") }
        return instant
    }

    func digest(_ column: Int) throws -> Digest {
        guard let digest = Digest(bytes: try decode(column, as: [UInt8].self)) else {
            throw PostgresError(.decoding, "column \(column) is no SHA-256")
        }
        return digest
    }
}
