import Glibc

/// Ends the process when its services do not end in time, so that a restart is not held up for ever: one sentence and a status, where
/// the service group would crash.
struct EndGuard {
    let name: String
    /// From the beginning of the end.
    let patience: Duration

    /// Returns when it is cancelled, because everything has ended.
    ///
    /// - Parameter running: finished when the end begins.
    func watch(_ running: AsyncStream<Never>) async {
        for await _ in running {}
        do {
            try await Task.sleep(for: patience)
        } catch {
            return
        }
        StandardError.write("\(name) stopped because of a fault: its services did not end within \(patience)\n")
        _exit(ExitStatus.failure)
    }
}
