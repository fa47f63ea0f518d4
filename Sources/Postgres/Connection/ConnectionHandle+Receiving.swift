import CLibPQ
import Glibc

/// Receiving: poll() with a deadline, so that a server that hangs is given up.
extension ConnectionHandle {
    private static let tlsPollInterval = Duration.milliseconds(10)

    /// The next result; nil at the end of a command's results. Keeps sending what is still buffered while it waits.
    func receive(until deadline: ContinuousClock.Instant) throws(PostgresError) -> ResultHandle? {
        while true {
            let flushed = unsafe PQflush(pointer)
            if unsafe PQisBusy(pointer) == 0 { return unsafe PQgetResult(pointer).map { unsafe ResultHandle(adopting: $0) } }
            guard flushed >= 0 else { throw failure(.connectionLost) }
            guard .now < deadline else { throw PostgresError(.unanswered, "the server did not answer in time") }
            // With TLS, bytes may wait inside OpenSSL, where poll() does not see them: look there from time to time.
            let usesTLS = unsafe PQsslInUse(pointer) == 1
            let wakeUp = usesTLS ? min(deadline, .now + Self.tlsPollInterval) : deadline
            let ready = wait(for: flushed == 0 ? POLLIN : POLLIN | POLLOUT, until: wakeUp)
            if ready != Int16(POLLOUT), unsafe PQconsumeInput(pointer) == 0 { throw failure(.connectionLost) }
        }
    }

    /// True when the server has sent something, or hung up, since the last flight.
    var hasUnreadInput: Bool {
        wait(for: POLLIN, until: .now) != 0
    }

    /// Blocks until one of the events, an error or a hang-up; returns 0 when the deadline came first.
    func wait(for events: Int32, until deadline: ContinuousClock.Instant) -> Int16 {
        var descriptor = pollfd(fd: unsafe PQsocket(pointer), events: Int16(events), revents: 0)
        // poll() ignores a negative descriptor; a closed connection must not wait.
        guard descriptor.fd >= 0 else { return Int16(POLLHUP) }
        while true {
            let remaining = max(.zero, deadline - .now)
            let milliseconds = remaining == .zero ? 0 : Int32(clamping: remaining.milliseconds)
            // The descriptor is a local; poll() writes to it during the call only.
            let count = unsafe poll(&descriptor, 1, milliseconds)
            if count > 0 { return descriptor.revents }
            if count == 0, milliseconds == 0 || deadline <= .now { return 0 }
            // An interrupted call is repeated with what is left of the time; any other failure counts as a hang-up.
            if count < 0, errno != EINTR { return Int16(POLLHUP) }
        }
    }
}
