import CLibPQ

/// Owns one PGresult, which never changes after libpq returned it.
@safe final class ResultHandle: @unchecked Sendable {
    // Owned from init to deinit. Everything read from it is used or copied before the call that read it returns,
    // while `self` is alive. libpq only reads a finished result, so that several threads may.
    private let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQclear(pointer)
    }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }
    var rowCount: Int { Int(unsafe PQntuples(pointer)) }
    var columnCount: Int { Int(unsafe PQnfields(pointer)) }

    /// Rows inserted, updated, deleted or selected, as the command tag says; 0 for other commands.
    var affected: Int {
        unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    func columnName(_ column: Int) -> String? {
        unsafe PQfname(pointer, Int32(column)).map { unsafe String(cString: $0) }
    }

    /// Calls `body` with the value, or returns false for NULL. Row and column must exist.
    func withValue(row: Int, column: Int, _ body: (Span<UInt8>, PostgresType) -> Void) -> Bool {
        let (row, column) = (Int32(row), Int32(column))
        guard unsafe PQgetisnull(pointer, row, column) == 0, let start = unsafe PQgetvalue(pointer, row, column) else {
            return false
        }
        let type = PostgresType(rawValue: unsafe PQftype(pointer, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
        // The span borrows memory of the result, which `self` keeps alive until the call returns; a span cannot escape.
        withExtendedLifetime(self) {
            unsafe bytes.withMemoryRebound(to: UInt8.self) { unsafe body($0.span, type) }
        }
        return true
    }

    /// One field of the server's error report.
    func errorField(_ code: Int32) -> String? {
        unsafe PQresultErrorField(pointer, code).map { unsafe String(cString: $0) }
    }

    var errorMessage: String {
        unsafe String(cString: PQresultErrorMessage(pointer))
    }
}

extension PostgresError {
    /// The server's error report.
    init(_ result: ResultHandle) {
        let sqlState = result.errorField(CLIBPQ_DIAG_SQLSTATE)
        // Raised where a cached plan no longer fits the schema; 0A000 alone means any unsupported feature.
        let isStale =
            sqlState == "26000"
            || sqlState == "0A000" && result.errorField(CLIBPQ_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery"
        self.init(isStale ? .staleStatement : .server, result.errorField(CLIBPQ_DIAG_MESSAGE_PRIMARY) ?? result.errorMessage)
        self.sqlState = sqlState
        detail = result.errorField(CLIBPQ_DIAG_MESSAGE_DETAIL)
        constraint = result.errorField(CLIBPQ_DIAG_CONSTRAINT_NAME)
        table = result.errorField(CLIBPQ_DIAG_TABLE_NAME)
    }
}
