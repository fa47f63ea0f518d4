/// The rows of one statement; they keep the result they are read from alive.
package struct Rows: RandomAccessCollection, Sendable {
    private let result: ResultHandle
    /// Always 0.
    package let startIndex = 0
    /// The number of rows.
    package let endIndex: Int

    init(_ result: ResultHandle) {
        self.result = result
        endIndex = result.rowCount
    }

    /// Rows inserted, updated, deleted or selected by the statement.
    package var affected: Int { result.affected }

    /// The row at `index`, which must be in range.
    package subscript(index: Int) -> Row {
        precondition(indices.contains(index), "row index out of range")
        return Row(result: result, index: index)
    }
}

/// One row of a result.
package struct Row: Sendable {
    let result: ResultHandle
    let index: Int

    /// Decodes a column, counted from 0; throws when it is NULL, of another type or absent.
    package func decode<T: PostgresDecodable>(_ column: Int, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard let value = try decodeIfPresent(column, as: type) else {
            throw PostgresError(.decoding, "column \(name(of: column)) is NULL")
        }
        return value
    }

    /// Decodes a column, counted from 0; nil for NULL. Throws when it is of another type or absent.
    package func decodeIfPresent<T: PostgresDecodable>(_ column: Int, as type: T.Type = T.self) throws(PostgresError) -> T? {
        guard column >= 0, column < result.columnCount else {
            throw PostgresError(.decoding, "there is no column \(column)")
        }
        var value: T?
        let isPresent = result.withValue(row: index, column: column) { value = T($0, type: $1) }
        guard isPresent else { return nil }
        guard let value else {
            throw PostgresError(.decoding, "column \(name(of: column)) does not decode to \(T.self)")
        }
        return value
    }

    private func name(of column: Int) -> String {
        result.columnName(column) ?? String(column)
    }
}
