import CLibPQ
import Glibc

/// Owns one PGconn in non-blocking pipeline mode; used by its connection's thread only.
///
/// After `finish()` it answers like a broken connection: libpq takes a null connection for one.
@safe struct ConnectionHandle: ~Copyable {
    // Owned from init to `finish()` or deinit, whichever comes first. Never handed out: only the extensions of this type
    // use it, each for one call.
    private(set) var pointer: OpaquePointer?

    /// Opens a connection; blocks the thread for at most `connectTimeout`, after the look-up of the host name, which has time-outs of its own.
    init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        unsafe pointer = Self.start(configuration.keywords)
        do {
            try establish(until: .now + configuration.connectTimeout)
        } catch {
            finish()
            throw error
        }
    }

    deinit {
        unsafe PQfinish(pointer)
    }

    mutating func finish() {
        unsafe PQfinish(pointer)
        unsafe pointer = nil
    }

    private static func start(_ parameters: [String: String]) -> OpaquePointer? {
        var text: [CChar] = []
        var offsets: [(keyword: Int, value: Int)] = []
        for (keyword, value) in parameters {
            offsets.append((text.count, text.count + keyword.utf8.count + 1))
            text.append(contentsOf: keyword.utf8CString)
            text.append(contentsOf: value.utf8CString)
        }
        // All strings lie in `text`, which lives through the call; libpq copies them before it returns.
        return unsafe text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return nil }
            let keywords: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe base + $0.keyword } + [nil]
            let values: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe base + $0.value } + [nil]
            return unsafe PQconnectStartParams(keywords, values, 0)
        }
    }

    private mutating func establish(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard unsafe PQstatus(pointer) != CONNECTION_BAD else { throw failure(.connectionFailed) }
        var polling = PGRES_POLLING_WRITING
        while polling != PGRES_POLLING_OK {
            guard polling == PGRES_POLLING_READING || polling == PGRES_POLLING_WRITING else { throw failure(.connectionFailed) }
            let events = polling == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard wait(for: events, until: deadline) != 0 else {
                throw PostgresError(.connectionFailed, "the server did not accept the connection in time")
            }
            polling = unsafe PQconnectPoll(pointer)
        }
        // Notices carry nothing a program acts on; by default libpq would print them.
        _ = unsafe PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        guard unsafe PQsetnonblocking(pointer, 1) == 0, unsafe PQenterPipelineMode(pointer) == 1 else {
            throw failure(.connectionFailed)
        }
    }

    /// What the server needs to know to stop this connection's statement.
    func makeCancelHandle() throws(PostgresError) -> CancelHandle {
        guard let cancel = unsafe PQgetCancel(pointer) else { throw failure(.connectionFailed) }
        return unsafe CancelHandle(adopting: cancel)
    }

    var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(pointer) }
    var processID: Int32 { unsafe PQbackendPID(pointer) }

    /// libpq's own words for the last failure on this connection.
    func failure(_ code: PostgresError.Code) -> PostgresError {
        // The text belongs to the connection and is copied here.
        let message = unsafe String(cString: PQerrorMessage(pointer))
        return PostgresError(code, message.split(whereSeparator: \.isNewline).joined(separator: "; "))
    }
}
