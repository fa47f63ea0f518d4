/// Carries the cancellation of a task to the server, while one unit of work runs on a connection.
///
/// The unit does not end before the request has left, so that it cannot hit the statement of a later unit.
final class Cancellation: Sendable {
    /// A request that reaches the server between two statements has no effect there; it is repeated while the unit runs.
    private static let repetition = Duration.milliseconds(100)

    private struct State: Sendable {
        var unit = 0
        var isRunning = false
        var isRequested = false
        var isSending = false
    }

    private let handle: CancelHandle
    private let state = Monitor(State())

    init(_ handle: CancelHandle) {
        self.handle = handle
    }

    /// True from the moment the running unit was asked to stop.
    var isRequested: Bool {
        state.read(\.isRequested)
    }

    /// Returns the number of the unit that begins.
    func begin() -> Int {
        state.update { state in
            state.unit += 1
            state.isRunning = true
            state.isRequested = false
            return state.unit
        }
    }

    /// Blocks the connection's thread until a request under way has left; false when that took longer than `timeout`.
    func end(timeout: Duration) -> Bool {
        state.update { $0.isRunning = false }
        let hasLeft = state.wait(timeout: timeout) { $0.isSending ? nil : true } ?? false
        state.update { $0.isRequested = false }
        return hasLeft
    }

    /// Asks the server to stop `unit`; called on any thread, never blocks, does nothing when the unit is over.
    func request(unit: Int) {
        let isFirst = state.update { state in
            guard state.isRunning, state.unit == unit, !state.isRequested else { return false }
            state.isRequested = true
            state.isSending = true
            return true
        }
        guard isFirst else { return }
        do {
            try startThread { self.sendWhileRunning() }
        } catch {
            // Without a thread the statement ends by its own time-out; the unit still stops at its next statement.
            state.update { $0.isSending = false }
        }
    }

    private func sendWhileRunning() {
        var isRunning = true
        while isRunning {
            handle.send()
            isRunning = state.wait(timeout: Self.repetition) { $0.isRunning ? nil : false } ?? true
        }
        state.update { $0.isSending = false }
    }
}
