import Glibc
import ServiceLifecycle

/// Ends the process when its services do not end in time, so that a restart is not held up for ever: one sentence and a status, where
/// the service group would crash.
struct EndGuard: Service {
    let name: String
    /// From the beginning of the end.
    let patience: Duration

    func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            try? await gracefulShutdown()
        } onCancelOrGracefulShutdown: {
            // Not a child of this service, which has to end before those it waits for; the process ends with it or before it.
            Task.detached { [name, patience] in
                try await Task.sleep(for: patience)
                StandardError.write("\(name) stopped because of a fault: its services did not end within \(patience)\n")
                _exit(ExitStatus.failure)
            }
        }
    }
}
