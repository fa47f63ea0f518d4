import Synchronization

/// Says of a growing count when it has passed another tenth of its way.
final class ProgressStep: Sendable {
    private let total: Int
    private let shown = Mutex(0)

    init(total: Int) {
        self.total = total
    }

    func isNew(_ done: Int) -> Bool {
        let tenth = total == 0 ? 10 : done * 10 / total
        return shown.withLock { shown in
            defer { shown = max(shown, tenth) }
            return tenth > shown
        }
    }
}
