import EventStore
import FoundationEssentials
import Orders
import Queues

/// PostgreSQL as values: what its statements promise, row by row. A transaction is a value too, until it commits.
final class SimulatedStore {
    struct EventKey: Hashable {
        var subject: UUID
        var event: UUID
    }

    struct Audit {
        var status: AuditStatus
        var triggeredAt: Instant?
        var receivedAt: Instant
    }

    struct OrderRecord {
        var source: String
        var shop: String
        var refID: String
        var state: [UInt8] = []
        var hash: Digest?
        var version: Int64 = 0
        var isQuarantined = false
    }

    struct Job {
        var id: Int64
        var queue: Queue
        var key: String
        var order: UUID
        var shop: String
        var input: [UInt8]
        var isRunning = false
        var isDead = false
        var attempt: Int32 = 0
        var maxAttempts: Int32?
        var createdAt: Int64
        var runAt: Int64
        var isSequenced = true
        var worker = ""
    }

    // Facts.
    var events: [UUID: [StoredEvent]] = [:]
    var known: [EventKey: Instant?] = [:]
    var duplicates: [EventKey: [Instant]] = [:]
    var identities: [UUID: Set<UUID>] = [:]
    /// Whether the body of an event that is stored now rots.
    var rots: (IncomingEvent) -> Bool = { _ in false }
    /// Requests in force, how far their orders have been rung for, and whether all have.
    var redactions: [RedactionRow: (through: String, isRung: Bool)] = [:]
    // What waits, and what came of it.
    var unapplied: [UUID: [UUID: Waiting]] = [:]
    var audits: [EventKey: Audit] = [:]
    var auditsByFact: [UUID: [UUID: [UUID]]] = [:]
    // Projections.
    var orders: [OrderID: OrderRecord] = [:]
    var ordersByWaybill: [UUID: Set<OrderID>] = [:]
    var bookings: [OrderID: [Booking]] = [:]
    /// In the order of commits.
    var feed: [(order: OrderID, version: Int64)] = []
    // Jobs.
    var jobs: [Int64: Job] = [:]
    var jobsByOrder: [UUID: [Int64]] = [:]
    var jobKeys: Set<String> = []
    var finishedKeys: [String: Int] = [:]
    var isPaused = false
    private(set) var lastJob: Int64 = 0
    /// Orders that wait for a person: one of their jobs is a dead letter.
    var held: Set<UUID> { Set(jobs.values.filter(\.isDead).map(\.order)) }
    // Who holds which row.
    var locks: [UUID: Int] = [:]
    /// Transactions that may write personal data; none begins while a redaction waits for those under way.
    var permits: Set<Int> = []
    var redactionsWaiting = 0
    /// What no constraint of the real one would let through.
    var violations: [String] = []

    struct Waiting {
        var rings: Int32 = 1
        var receivedAt: Int64
        var rungAt: Int64?
        var suspicions = 0
    }

    func nextJobID() -> Int64 {
        lastJob += 1
        return lastJob
    }

    /// Takes all the locks or none: `FOR UPDATE` in id order never deadlocks, so who cannot have all waits.
    func lock(_ ids: Set<UUID>, for transaction: Int) -> Bool {
        guard ids.allSatisfy({ locks[$0] == nil || locks[$0] == transaction }) else { return false }
        for id in ids { locks[id] = transaction }
        return true
    }

    /// Commit, rollback and the end of a session give every lock back.
    func release(_ transaction: Int) {
        permits.remove(transaction)
        locks = locks.filter { $0.value != transaction }
    }
}
