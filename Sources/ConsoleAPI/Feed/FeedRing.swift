/// The newest changes, kept for everybody who follows closely; older ones are read from PostgreSQL.
struct FeedRing: Sendable {
    /// About 10 MB.
    static let capacity = 8_192

    /// The last place that was looked at.
    private(set) var head: Int64
    /// Everything behind this place up to the head is in the ring.
    private(set) var floor: Int64
    private var entries: [FeedEntry] = []
    private var start = 0
    private let capacity: Int

    init(head: Int64, capacity: Int = FeedRing.capacity) {
        self.head = head
        floor = head
        self.capacity = capacity
    }

    /// Takes the next entries, in order, and the place they reach to.
    mutating func append(_ new: [FeedEntry], through last: Int64) {
        for entry in new {
            if entries.count < capacity {
                entries.append(entry)
            } else {
                floor = entries[start].seq
                entries[start] = entry
                start = (start + 1) % capacity
            }
        }
        head = max(head, last)
    }

    /// The entries behind a place, oldest first, and the place they reach to; nil when the ring does not go back so far.
    func entries(after seq: Int64, limit: Int) -> (entries: [FeedEntry], last: Int64)? {
        guard seq >= floor else { return nil }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entry(middle).seq > seq { high = middle } else { low = middle + 1 }
        }
        let end = min(entries.count, low + limit)
        let found = (low..<end).map(entry)
        return (found, end < entries.count ? found.last?.seq ?? seq : max(head, seq))
    }

    private func entry(_ index: Int) -> FeedEntry { entries[(start + index) % entries.count] }
}
