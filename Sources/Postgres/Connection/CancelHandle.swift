import CLibPQ

/// Owns one PGcancel: what it takes to ask the server to stop the running statement of one connection.
///
/// A copy of the address and key, so that it stays valid after the connection itself is closed.
@safe final class CancelHandle: @unchecked Sendable {
    // Owned from init to deinit, and never changed in between.
    private let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe PQfreeCancel(pointer)
    }

    /// Asks once, over a connection of its own; blocks the calling thread. Whether it worked shows in the statement's result.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        // libpq writes at most the given number of bytes, during this call.
        _ = unsafe PQcancel(pointer, &message, Int32(message.count))
    }
}
