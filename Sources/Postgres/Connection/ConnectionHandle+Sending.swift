import CLibPQ

/// Sending: each call fills libpq's buffer and sends what the socket takes; false means the connection is not usable.
extension ConnectionHandle {
    func sendPrepare(_ statement: Statement, types: [PostgresType]) -> Bool {
        let types = types.map(\.rawValue)
        return unsafe PQsendPrepare(pointer, statement.name, statement.sql, Int32(types.count), types) == 1
    }

    /// Asks for the result in binary form.
    func sendExecute(_ statement: Statement, parameters: borrowing ParameterBuffer) -> Bool {
        let ranges = parameters.ranges
        let formats = [Int32](repeating: 1, count: ranges.count)
        let lengths = ranges.map { Int32(truncatingIfNeeded: $0?.count ?? 0) }
        // The values point into the one parameter buffer, which lives through the call; libpq copies them before it returns.
        return unsafe parameters.bytes.withUnsafeBytes { bytes in
            let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values: [UnsafePointer<CChar>?] = unsafe ranges.map { range in
                guard let range else { return nil }
                return unsafe base.map { unsafe $0 + range.lowerBound } ?? Self.emptyValue
            }
            return unsafe PQsendQueryPrepared(pointer, statement.name, Int32(values.count), values, lengths, formats, 1) == 1
        }
    }

    /// Where an empty value points when the buffer has no memory yet: any address but null, which would mean NULL.
    private static var emptyValue: UnsafePointer<CChar>? {
        // Never read from: its length is 0.
        unsafe UnsafePointer(bitPattern: 1)
    }

    func sendSync() -> Bool {
        unsafe PQpipelineSync(pointer) == 1
    }

    /// The simple protocol is not available in pipeline mode; `endScript()` goes back to it.
    func sendScript(_ sql: String) -> Bool {
        unsafe PQexitPipelineMode(pointer) == 1 && PQsendQuery(pointer, sql) == 1
    }

    func endScript() -> Bool {
        unsafe PQenterPipelineMode(pointer) == 1
    }
}
