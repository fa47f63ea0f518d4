import FoundationEssentials

/// Redis as values: one doorbell stream with its group. Nothing in it is the only copy of anything.
struct SimulatedStreams {
    struct Entry {
        var id: Int
        var subjects: [UUID]
        var isRelayed: Bool
    }

    private var fresh: [Entry] = []
    private var pending: [Int: (entry: Entry, consumer: Int, since: Int64)] = [:]
    private var last = 0

    var outstanding: Int { fresh.count + pending.count }

    mutating func add(_ subjects: [UUID], isRelayed: Bool) {
        last += 1
        fresh.append(Entry(id: last, subjects: subjects, isRelayed: isRelayed))
    }

    /// `XREADGROUP … >`
    mutating func receive(_ consumer: Int, limit: Int, now: Int64) -> [Entry] {
        let taken = Array(fresh.prefix(limit))
        fresh.removeFirst(taken.count)
        for entry in taken { pending[entry.id] = (entry, consumer, now) }
        return taken
    }

    /// `XREADGROUP … 0`: what the consumer had before it restarted.
    func own(_ consumer: Int) -> [Entry] {
        pending.values.filter { $0.consumer == consumer }.map(\.entry).sorted { $0.id < $1.id }
    }

    /// `XAUTOCLAIM`
    mutating func claim(_ consumer: Int, minIdle: Int64, now: Int64) -> [Entry] {
        let idle = pending.values.filter { $0.since <= now - minIdle }.map(\.entry).sorted { $0.id < $1.id }
        for entry in idle { pending[entry.id] = (entry, consumer, now) }
        return idle
    }

    mutating func acknowledge(_ entries: [Entry]) {
        for entry in entries { pending[entry.id] = nil }
    }

    /// `FLUSHALL`
    mutating func flush() {
        fresh = []
        pending = [:]
    }
}
