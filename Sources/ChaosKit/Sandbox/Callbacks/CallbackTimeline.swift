import Orders

/// What will happen, soonest first: a binary heap.
struct CallbackTimeline: Sendable {
    /// Steps that wait at once; further ones are dropped and counted.
    static let maxSteps = 1 << 20

    private var heap: [(step: CallbackStep, number: Int)] = []
    private var number = 0
    private(set) var dropped = 0

    var count: Int { heap.count }

    mutating func add(_ step: CallbackStep) {
        guard heap.count < Self.maxSteps else {
            dropped += 1
            return
        }
        number += 1
        heap.append((step, number))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The steps whose time has come, in order, at most so many.
    mutating func due(at now: Instant, limit: Int) -> [CallbackStep] {
        var due: [CallbackStep] = []
        while due.count < limit, let first = heap.first, first.step.dueAt <= now {
            due.append(first.step)
            removeFirst()
        }
        return due
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let (left, right) = (2 * parent + 1, 2 * parent + 2)
            var smallest = parent
            if left < heap.count, precedes(left, smallest) { smallest = left }
            if right < heap.count, precedes(right, smallest) { smallest = right }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    /// Steps of one moment keep the order in which they were added.
    private func precedes(_ a: Int, _ b: Int) -> Bool {
        (heap[a].step.dueAt, heap[a].number) < (heap[b].step.dueAt, heap[b].number)
    }
}
