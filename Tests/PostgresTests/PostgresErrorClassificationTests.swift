import Testing

@testable import Postgres

@Suite struct PostgresErrorClassificationTests {
    func classification(ofSQLState sqlState: String) -> PostgresError.Classification {
        var error = PostgresError(.server, "refused")
        error.sqlState = sqlState
        return error.classification
    }

    @Test(arguments: ["40001", "40P01", "53100", "55P03", "57014", "57P01", "25006", "08006"])
    func `What may pass by itself is transient`(sqlState: String) {
        #expect(classification(ofSQLState: sqlState) == .transient)
    }

    @Test(arguments: ["22P02", "23505", "23514"])
    func `What the data is to blame for is permanent`(sqlState: String) {
        #expect(classification(ofSQLState: sqlState) == .permanent)
    }

    @Test(arguments: ["42P01", "42601", "28P01", "3D000"])
    func `What the program is to blame for is fatal`(sqlState: String) {
        #expect(classification(ofSQLState: sqlState) == .fatal)
    }

    @Test func `A lost connection is transient and a wrong type fatal`() {
        #expect(PostgresError(.connectionLost, "").classification == .transient)
        #expect(PostgresError(.poolTimeout, "").classification == .transient)
        #expect(PostgresError(.decoding, "").classification == .fatal)
    }
}
