/// What will happen, in the order of its time; at one time in the order of its announcement. Microseconds from zero.
struct Agenda {
    private struct Entry {
        var time: Int64
        var number: Int
        var action: () -> Void
    }

    private(set) var now: Int64 = 0
    private var heap: [Entry] = []
    private var number = 0

    mutating func after(_ wait: Int64, _ action: @escaping () -> Void) {
        number += 1
        heap.append(Entry(time: now + max(wait, 0), number: number, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes what comes next and moves the clock to it.
    mutating func next() -> (() -> Void)? {
        guard let first = heap.first else { return nil }
        now = first.time
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.action
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) { least = child }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].number) < (heap[right].time, heap[right].number)
    }
}
