package import Postgres

/// Dead letters with one cause: one fault of many orders, as a person wants to see it.
package struct DeadLetterGroup: Sendable {
    package var queue: String
    /// The error with its numbers and ids taken out.
    package var cause: String
    package var count: Int64
    package var firstAt: PostgresTimestamp
    package var lastAt: PostgresTimestamp
    /// The oldest of them.
    package var sampleID: Int64
    package var sampleError: String?

    package init(row: Row) throws {
        queue = try row.decode(0)
        cause = try row.decode(1)
        count = try row.decode(2)
        firstAt = try row.decode(3)
        lastAt = try row.decode(4)
        sampleID = try row.decode(5)
        sampleError = try row.decodeIfPresent(6)
    }

    /// The cause of a job `j` in SQL. One definition for groups and filters, or a group would not find its own members.
    package static let cause =
        "regexp_replace(coalesce(left(j.last_error, 300), 'no error was reported'), \(differing), '#', 'g')"

    /// What tells one error of a kind from another: ids and numbers, but not the status of an answer.
    package static let differing =
        "'[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22}|(?<!HTTP |answer was |answered |refused with )(?<![0-9])[0-9]+'"

    /// The columns of a row, from jobs `j` that are grouped by the first two.
    package static let columns = """
        j.queue, \(cause), count(*), min(j.updated_at), max(j.updated_at), min(j.id), (array_agg(j.last_error ORDER BY j.id))[1]
        """
}
