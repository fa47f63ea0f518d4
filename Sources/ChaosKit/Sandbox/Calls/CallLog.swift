/// The last calls, and how many there were of each kind.
struct CallLog: Sendable {
    /// Calls that are kept in full.
    static let maxEntries = 1_000

    struct Entry: Sendable {
        var number: Int
        var call: SandboxCall
        /// Since the sandbox started.
        var time: Duration
        /// A status, or a word for what happened instead.
        var outcome: String
    }

    private var entries: [Entry] = []
    private(set) var total = 0
    /// Operation and outcome to calls.
    private(set) var counts: [String: [String: Int]] = [:]

    mutating func add(_ call: SandboxCall, at time: Duration, outcome: String) {
        total += 1
        counts[call.operation.rawValue, default: [:]][outcome, default: 0] += 1
        let entry = Entry(number: total, call: call, time: time, outcome: outcome)
        if entries.count < Self.maxEntries {
            entries.append(entry)
        } else {
            entries[(total - 1) % Self.maxEntries] = entry
        }
    }

    /// Newest first.
    func latest(_ limit: Int) -> [Entry] {
        let start = total % Self.maxEntries
        let ordered = entries.count < Self.maxEntries ? entries : Array(entries[start...] + entries[..<start])
        return ordered.suffix(limit).reversed()
    }
}
