import HTTPTypes
import Orders
import Postgres
import Queues
import Synchronization

/// The first page: how everything is.
final class OverviewRoutes: Sendable {
    private static let keeping: Duration = .seconds(2)
    private static let hour: Int64 = 3_600_000_000
    private static let minute: Int64 = 60_000_000
    private static let activityShown = 10
    /// A job that has been due for longer than this is worth a look, and so are that many waiting events.
    private static let lateAfter: Duration = .seconds(60)
    private static let largeBacklog = 1_000

    private let pool: PostgresPool
    private let queues: QueueActivity
    private let host: HostFacilities
    private let last = Mutex<(at: ContinuousClock.Instant, answer: Answer)?>(nil)

    init(pool: PostgresPool, queues: QueueActivity, host: HostFacilities) {
        self.pool = pool
        self.queues = queues
        self.host = host
    }

    var routes: [Route] {
        [Route(.get, "/api/overview", .role(.viewer), overview)]
    }

    @Sendable private func overview(_ call: Call) async throws -> Answer {
        if let last = last.withLock({ $0 }), last.at.duration(to: .now) < Self.keeping { return last.answer }
        let now = host.now().microseconds
        let to = (now / Self.minute + 1) * Self.minute
        let queues = try await queues.all()
        let (minutes, counts, backlog, audits) = try await pool.withConnection { connection in
            (
                try ActivityTable.minutes(from: to - Self.hour, to: to, on: connection), try OrderCounts.kept(on: connection),
                try Backlog.read(on: connection),
                try OperatorAudit.page(OperatorAudit.Filter(), before: nil, limit: Self.activityShown, on: connection)
            )
        }
        let series = minutes.buckets(from: to - Self.hour, to: to, length: Self.minute)
        let total = series.reduce(into: Activity(at: to - Self.hour)) { $0.add($1) }
        let orders = counts.reduce(0) { $0 + $1.orders }
        let attention = counts.filter(\.needsAttention).reduce(0) { $0 + $1.orders }
        let needs = Self.needs(queues, backlog, attention: attention)
        let answer = Answer.json { writer in
            writer.member("at", PostgresTimestamp(microseconds: now))
            writer.member("ordersPerMinute", series.dropLast().last?.orders ?? 0)
            writer.object("latency") { total.writeLatency(to: &$0) }
            writer.member("backlog", backlog.waiting)
            writer.member("dead", Int64(queues.reduce(0) { $0 + $1.report.dead }))
            writer.member("deadLastHour", backlog.deadLastHour)
            writer.member("attention", Int64(attention))
            writer.member("unmapped", backlog.unmapped)
            writer.member("parked", backlog.parked)
            writer.member("orders", Int64(orders))
            writer.array("series", series) { $1.write(to: &$0) }
            writer.array("queues", queues) { $1.write(to: &$0) }
            writer.array("needsAttention", needs) { $1.write(to: &$0) }
            writer.array("activity", audits) { $1.write(to: &$0) }
        }
        last.withLock { $0 = (.now, answer) }
        return answer
    }

    /// One line of what needs a person.
    struct Need: Sendable {
        var kind: String
        var title: String
        var count: Int64
        var since: PostgresTimestamp?
        var href: String

        func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("kind", kind)
            writer.member("title", title)
            writer.member("count", count)
            writer.nullable("since", since)
            writer.member("href", href)
            writer.endObject()
        }
    }

    static func needs(_ queues: [QueueOverview], _ backlog: Backlog, attention: Int) -> [Need] {
        var needs: [Need] = []
        let dead = queues.reduce(0) { $0 + $1.report.dead }
        if dead > 0 {
            let title = "\(counted(dead, "call was", "calls were")) given up on"
            needs.append(
                Need(kind: "dead-letters", title: title, count: Int64(dead), since: backlog.oldestDead, href: "/dead-letters")
            )
        }
        if attention > 0 {
            let title = "\(counted(attention, "order needs", "orders need")) a person"
            needs.append(Need(kind: "orders", title: title, count: Int64(attention), since: nil, href: "/orders?attention=true"))
        }
        if backlog.unmapped > 0 {
            let title = "\(counted(backlog.unmapped, "event")) with words nobody has mapped"
            needs.append(Need(kind: "unmapped", title: title, count: backlog.unmapped, since: nil, href: "/unmapped"))
        }
        for queue in queues {
            let name = queue.report.queue.rawValue
            if let pause = queue.report.pause {
                let title = "\(name) is paused by \(pause.by)"
                needs.append(Need(kind: "queue-paused", title: title, count: 1, since: nil, href: "/queues/\(name)"))
            } else if let due = queue.report.oldestDue, due > lateAfter {
                let title = "\(name): the oldest call has been due for \(due.wholeMilliseconds / 1_000) s"
                needs.append(
                    Need(kind: "queue-late", title: title, count: Int64(queue.report.ready), since: nil, href: "/queues/\(name)")
                )
            }
        }
        if backlog.waiting >= largeBacklog {
            let title = "\(counted(backlog.waiting, "event waits", "events wait")) to be merged"
            needs.append(Need(kind: "backlog", title: title, count: backlog.waiting, since: backlog.oldestWaiting, href: "/"))
        }
        return needs
    }
}

/// What waits, counted to a limit.
struct Backlog: Sendable {
    var waiting: Int64
    var oldestWaiting: PostgresTimestamp?
    var unmapped: Int64
    var parked: Int64
    var oldestDead: PostgresTimestamp?
    var deadLastHour: Int64

    static func read(on connection: isolated PostgresConnection) throws -> Backlog {
        let row = try connection.query(select)[0]
        return Backlog(
            waiting: try row.decode(0),
            oldestWaiting: try row.decodeIfPresent(1),
            unmapped: try row.decode(2),
            parked: try row.decode(3),
            oldestDead: try row.decodeIfPresent(4),
            deadLastHour: try row.decode(5)
        )
    }

    /// Run by the overview, at most every two seconds. Served by `unapplied_events_pkey`, `audit_log_attention_index` and
    /// `jobs_dead_index`.
    private static let select = Statement(
        "overview_backlog",
        """
        SELECT
            (SELECT count(*) FROM (SELECT FROM unapplied_events LIMIT 10000) AS u),
            (SELECT min(received_at) FROM (SELECT received_at FROM unapplied_events LIMIT 10000) AS u),
            (SELECT count(*) FROM (SELECT FROM audit_log WHERE status = 'unmapped' LIMIT 10000) AS a),
            (SELECT count(*) FROM (SELECT FROM audit_log WHERE status = 'parked' LIMIT 10000) AS a),
            (SELECT min(updated_at) FROM (SELECT updated_at FROM jobs WHERE state = 'dead' LIMIT 10000) AS j),
            (SELECT count(*) FROM (
                SELECT FROM jobs WHERE state = 'dead' AND updated_at > now() - interval '1 hour' LIMIT 10000) AS j)
        """
    )
}
