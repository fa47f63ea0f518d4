import Synchronization
import UnixSignals

/// The operator's wish that a command ends: Ctrl-C, SIGTERM or a closed terminal.
///
/// The first signal is a wish, which whoever waits for it answers by ending in good order. The second cancels everything.
final class Interruption: Sendable {
    private struct State {
        var signal: UnixSignal?
        var waiters: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    /// The number of the signal that was received, if any.
    var signalNumber: Int32? { state.withLock { $0.signal?.rawValue } }

    /// Runs the body while signals are listened to; throws `CancellationError` when the body was cut short.
    static func during<Value: Sendable>(
        _ body: @escaping @Sendable (Interruption) async throws -> Value
    ) async throws -> Value {
        let interruption = Interruption()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body(interruption) }
            group.addTask {
                for await signal in signals {
                    if interruption.signalNumber != nil { return nil }
                    interruption.request(signal)
                }
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next(), let value else {
                Terminal.note("Interrupted again: stopping everything at once.")
                group.cancelAll()
                return try await group.next().flatMap(\.self) ?? { throw CancellationError() }()
            }
            return value
        }
    }

    /// What a shell shows of a program that Ctrl-C ended.
    private static let interruptedStatus: Int32 = 130

    /// Like `during`, for a body that ends with a status: that of an interrupted program when the body was cut short.
    static func status(
        of body: @escaping @Sendable (Interruption) async throws -> Int32
    ) async throws -> Int32 {
        do {
            return try await during(body)
        } catch is CancellationError {
            Terminal.note("Stopped before everything had started.")
            return interruptedStatus
        }
    }

    /// Returns when a signal was received, or when the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        let isOver = state.withLock { state in
            if state.signal == nil { state.waiters.append(continuation) }
            return state.signal != nil
        }
        if isOver { return }
        for await _ in stream { return }
    }

    /// Throws when a signal was received, so that a start-up does not go on.
    func check() throws {
        if signalNumber != nil { throw CancellationError() }
    }

    private func request(_ signal: UnixSignal) {
        let waiters = state.withLock { state in
            state.signal = signal
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.yield() }
    }
}
