import FoundationEssentials

/// Where one connection is in the change log, and what it does next. It pulls: nothing is ever queued for it, so resuming after
/// a break and being slow are the same.
struct FeedCursorStateMachine: Sendable, Equatable {
    /// Changes a connection may be behind before it has to read everything anew.
    static let maxBehind: Int64 = 5_000
    /// Changes that may wait before only the latest of each order counts.
    static let coalesceBeyond: Int64 = 500
    /// Changes taken at once.
    static let maxRead = 2_000

    enum Action: Equatable {
        /// The first frame: where the connection is.
        case hello(Int64)
        /// The place is lost: go on from this one, after reading anew what is shown.
        case resync(Int64)
        case read(after: Int64, limit: Int, coalescing: Bool)
        case wait(after: Int64)
    }

    /// Everything up to here has been handed over.
    private(set) var cursor: Int64
    private var hasGreeted = false
    private let coalescesAlways: Bool

    /// - Parameter since: where the client was before; nil begins at the head.
    init(since: Int64?, head: Int64, coalescesAlways: Bool) {
        cursor = since ?? head
        self.coalescesAlways = coalescesAlways
    }

    /// - Parameters:
    ///   - oldest: everything behind this place is still in the log.
    ///   - head: the last place of the log.
    mutating func next(oldest: Int64, head: Int64) -> Action {
        guard hasGreeted else {
            hasGreeted = true
            return .hello(cursor)
        }
        // A place beyond the head is of another log: this one was restored from a backup.
        if cursor < oldest || cursor > head || head - cursor > Self.maxBehind {
            cursor = head
            return .resync(head)
        }
        if head == cursor { return .wait(after: cursor) }
        return .read(after: cursor, limit: Self.maxRead, coalescing: coalescesAlways || head - cursor > Self.coalesceBeyond)
    }

    /// Changes up to this place have been taken by the connection.
    mutating func advance(to seq: Int64) {
        cursor = max(cursor, seq)
    }
}

extension [FeedEntry] {
    /// The latest entry of each order, in their order.
    var coalesced: [FeedEntry] {
        var last: [Int] = []
        var seen: Set<UUID> = []
        for index in indices.reversed() where seen.insert(self[index].orderID).inserted { last.append(index) }
        return last.reversed().map { self[$0] }
    }
}
