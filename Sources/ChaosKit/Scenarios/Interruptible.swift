import Glibc
import UnixSignals

/// Work that Ctrl-C ends early and that still has a result then.
package enum Interruptible {
    /// Runs the body; the first SIGINT or SIGTERM cancels it, a second one ends the process.
    ///
    /// The body is expected to return what it has when it is cancelled.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, wasInterrupted: Bool) {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            var wasInterrupted = false
            while let ended = try await group.next() {
                group.cancelAll()
                if let value = ended { return (value, wasInterrupted) }
                wasInterrupted = true
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
            }
            throw CancellationError()
        }
    }
}
