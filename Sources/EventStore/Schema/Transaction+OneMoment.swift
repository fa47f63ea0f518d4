import Postgres

extension Postgres.Transaction {
    /// Everything read in this transaction is of one moment, whatever others commit meanwhile. Its first statement.
    package mutating func readOneMoment() throws {
        _ = try query(oneMoment)
    }
}

private let oneMoment = Statement("one_moment", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
