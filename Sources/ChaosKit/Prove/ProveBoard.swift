import Synchronization

/// What everybody who takes part in a proof tells the others.
final class ProveBoard: Sendable {
    private struct State {
        var incidents: [LoadIncident] = []
        var ended = 0
        var isSending = true
        var fault = ""
    }

    /// Most incidents that are kept one by one.
    private static let maxIncidents = 200_000

    private let state = Mutex(State())

    var incidents: [LoadIncident] { state.withLock { $0.incidents } }
    var isSending: Bool { state.withLock { $0.isSending } }

    func witness(_ incident: LoadIncident) {
        state.withLock { state in
            if state.incidents.count < Self.maxIncidents { state.incidents.append(incident) }
        }
    }

    func sent(_ count: Int) { state.withLock { $0.ended = count } }

    func endedSending() { state.withLock { $0.isSending = false } }

    func says(_ fault: String) { state.withLock { $0.fault = fault } }

    /// One line about how far everything is.
    func line(of total: Int) -> String {
        state.withLock { "sent \($0.ended)/\(total), \($0.incidents.count) not answered 2xx · \($0.fault)" }
    }
}
