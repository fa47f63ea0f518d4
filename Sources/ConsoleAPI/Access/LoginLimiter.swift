import Orders

/// How often a password may be tried, by address and by user: a pure table of bounded size.
struct LoginLimiterStateMachine: Sendable {
    /// Failures within the window after which one waits for its end.
    static let maxFailures = 10
    static let windowMicroseconds: Int64 = 5 * 60 * 1_000_000
    /// Names remembered at once; beyond it the one that failed longest ago is forgotten.
    static let maxKeys = 4_096

    private struct Record {
        var failures: Int
        var windowStart: Instant
    }

    enum Verdict: Equatable {
        case allowed
        case refused(seconds: Int64)
    }

    private var records: [String: Record] = [:]

    var count: Int { records.count }

    /// Counts an attempt before the password is looked at, so that attempts at the same moment count too.
    mutating func attempt(address: String, user: String, now: Instant) -> Verdict {
        let keys = Self.keys(address, user)
        let longest = keys.compactMap { wait($0, now: now) }.max()
        if let longest { return .refused(seconds: longest / 1_000_000 + 1) }
        for key in keys {
            if records[key] == nil { makeRoom(now: now) }
            var record = records[key] ?? Record(failures: 0, windowStart: now)
            if now.microseconds(since: record.windowStart) >= Self.windowMicroseconds {
                record = Record(failures: 0, windowStart: now)
            }
            record.failures += 1
            records[key] = record
        }
        return .allowed
    }

    /// The password was right: what was tried before does not count any more.
    mutating func succeeded(address: String, user: String) {
        for key in Self.keys(address, user) { records[key] = nil }
    }

    private static func keys(_ address: String, _ user: String) -> [String] {
        ["address \(address)", "user \(user.lowercased())"]
    }

    private func wait(_ key: String, now: Instant) -> Int64? {
        guard let record = records[key], record.failures >= Self.maxFailures else { return nil }
        let left = Self.windowMicroseconds - now.microseconds(since: record.windowStart)
        return left > 0 ? left : nil
    }

    private mutating func makeRoom(now: Instant) {
        guard records.count >= Self.maxKeys else { return }
        records = records.filter { now.microseconds(since: $0.value.windowStart) < Self.windowMicroseconds }
        if records.count >= Self.maxKeys, let oldest = records.min(by: { $0.value.windowStart < $1.value.windowStart }) {
            records[oldest.key] = nil
        }
    }
}
