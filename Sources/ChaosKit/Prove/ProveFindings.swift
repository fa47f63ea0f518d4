import EventStore
import FoundationEssentials
import Logging
import Orchestration
import Orders
import Postgres

/// What the database holds after a proof, and what it should.
struct ProveFindings: Sendable {
    /// Subjects whose rows are read at once.
    private static let page = 2_000

    let check: DeliveryCheck
    private let counts: StoreInvariants.Counts
    private let verification: [Verification.Finding]
    private let rebuild: Rebuild.Report
    private let unbooked: Int
    private let dead: Int
    private let bookings: Int

    init(_ deliveries: [Delivery], _ load: LoadResult, _ stack: ChaosStack, logger: Logger) async throws {
        let all = Set(deliveries.flatMap { $0.events.map(\.subject.uuid) }).sorted()
        let pool = PostgresPool(
            configuration: stack.database,
            size: 1,
            maxWaiters: 4,
            waitTimeout: .seconds(10),
            logger: logger
        )
        (check, counts, verification, rebuild, unbooked, dead, bookings) = try await withThrowingTaskGroup(of: Void.self) {
            group in
            group.addTask { try await pool.run() }
            defer { group.cancelAll() }
            var observed = ObservedDelivery()
            for start in stride(from: 0, to: all.count, by: Self.page) {
                let subjects = Array(all[start..<min(start + Self.page, all.count)])
                observed.add(try await pool.withConnection { try ObservedDelivery(of: subjects, on: $0) })
            }
            let expected = try ExpectedDelivery(deliveries, load.outcomes, aftermath: observed.aftermath)
            var check = DeliveryCheck(expected: expected, observed: observed)
            check.hadRetries = load.retries > 0
            return (
                check,
                try await pool.withConnection { try StoreInvariants.counts(on: $0) },
                try await Verification(pool: pool).run(),
                try await Rebuild(pool: pool, booking: BookingPolicy()).run(dryRun: true),
                try await pool.withConnection { try $0.query(Self.unbooked)[0].decode(0) },
                try await pool.withConnection { try $0.query(Self.dead)[0].decode(0) },
                try await pool.withConnection { try $0.query(Self.bookings)[0].decode(0) }
            )
        }
    }

    /// Events that were accepted and are not stored, or never came to an end.
    var lost: Int {
        check.expected.events.keys.count { check.observed.stored[$0] == nil || check.observed.audits[$0] == nil }
    }

    /// Events that are stored or audited more than once.
    var doubled: Int {
        check.observed.stored.values.count { $0 > 1 } + check.observed.audits.values.count { $0.count > 1 }
    }

    /// Invariants I1 to I8 and I10.
    func assertions(booking: Bool) -> [Assertion] {
        var assertions = check.delivery(statuses: ["processed", "discarded", "duplicate", "unmapped"]) + check.orders()
        assertions.append(check.duplicates())
        if booking {
            assertions += [
                .equal("orders that should be booked and are not", unbooked, 0),
                .equal("dead letters", dead, 0),
            ]
        } else {
            assertions += [
                .equal("events in the store", Int(counts.events), check.expected.events.count),
                .equal("bookings that nobody wanted", bookings, 0),
            ]
        }
        assertions.append(
            .none("I10: a rebuild of the projections would change nothing", rebuild.differences.map(\.order), of: rebuild.orders)
        )
        return assertions + verification.map { .none("\($0.invariant): \($0.promise)", $0.offenders, of: Int(counts.orders)) }
    }

    /// Asked once at the end; reads all orders.
    private static let unbooked = Statement("chaos_unbooked", "SELECT count(*) FROM orders WHERE bookable AND NOT quarantined")
    /// Asked once at the end; reads all bookings.
    private static let bookings = Statement("chaos_bookings", "SELECT count(*) FROM bookings")
    /// Asked once at the end. Served by `jobs_dead_index`.
    private static let dead = Statement("chaos_dead", "SELECT count(*) FROM jobs WHERE state = 'dead'")
}

extension ObservedDelivery {
    /// Adds what was read about other subjects.
    fileprivate mutating func add(_ other: ObservedDelivery) {
        stored.merge(other.stored) { $0 + $1 }
        audits.merge(other.audits) { $0 + $1 }
        orders.merge(other.orders) { $1 }
        duplicateDeliveries += other.duplicateDeliveries
        aftermath.facts.merge(other.aftermath.facts) { $1 }
        aftermath.bookings.merge(other.aftermath.bookings) { $1 }
    }
}
