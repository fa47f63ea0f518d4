import HTTPTypes
import Orders
import Postgres

/// Charts.
struct AnalyticsRoutes: Sendable {
    private static let minute: Int64 = 60_000_000
    private static let day: Int64 = 86_400_000_000
    private static let maxDays: Int64 = 92
    private static let maxBuckets: Int64 = 360
    /// Lengths of a bucket, in minutes.
    private static let lengths: [Int64] = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440]
    private static let maxErrors = 20

    let pool: PostgresPool
    let host: HostFacilities

    var routes: [Route] {
        [Route(.get, "/api/analytics", .role(.viewer), parameters: ["from", "to"], analytics)]
    }

    /// A span of whole buckets.
    struct Span: Sendable, Equatable {
        var from: Int64
        var to: Int64
        var length: Int64

        /// Nil when the span is empty, ends before it begins or is too long.
        init?(from: Int64, to: Int64) {
            guard from < to, to - from <= maxDays * day else { return nil }
            let length = (lengths.first { ($0 * minute) * maxBuckets >= to - from } ?? lengths[lengths.count - 1]) * minute
            self.length = length
            self.from = from / length * length
            self.to = (to + length - 1) / length * length
        }
    }

    @Sendable private func analytics(_ call: Call) async throws -> Answer {
        let to = try call.query.instant("to")?.microseconds ?? host.now().microseconds
        let from = try call.query.instant("from")?.microseconds ?? max(0, to - Self.day)
        guard let span = Span(from: from, to: to) else {
            throw APIError.invalid("from", "from must be before to, and at most \(Self.maxDays) days.")
        }
        let (minutes, counts, errors) = try await pool.withConnection { connection in
            (
                try ActivityTable.minutes(from: span.from, to: span.to, on: connection),
                try OrderCounts.kept(on: connection), try TopError.read(limit: Self.maxErrors, on: connection)
            )
        }
        let total = minutes.reduce(into: Activity(at: span.from)) { $0.add($1) }
        return Answer.json { writer in
            writer.member("from", PostgresTimestamp(microseconds: span.from))
            writer.member("to", PostgresTimestamp(microseconds: span.to))
            writer.member("bucketSeconds", span.length / 1_000_000)
            writer.array("series", minutes.buckets(from: span.from, to: span.to, length: span.length)) { $1.write(to: &$0) }
            writer.object("totals") { total.writeCounts(to: &$0) }
            writer.object("latency") { total.writeLatency(to: &$0) }
            writer.array("statusMix", counts.mix) { writer, part in
                writer.beginObject()
                writer.member("orderStatus", part.status)
                writer.member("count", Int64(part.count))
                writer.endObject()
            }
            writer.array("topErrors", errors) { $1.write(to: &$0) }
            writer.array("heat", Self.heat(minutes)) { writer, cell in
                writer.beginObject()
                writer.member("weekday", Int64(cell.weekday))
                writer.member("hour", Int64(cell.hour))
                writer.member("received", cell.received)
                writer.endObject()
            }
        }
    }

    /// What came in by weekday and hour, in UTC; all 168 cells.
    static func heat(_ minutes: [Activity]) -> [(weekday: Int, hour: Int, received: Int64)] {
        var cells = [Int64](repeating: 0, count: 7 * 24)
        for minute in minutes {
            // 1970-01-01 was a Thursday, the fourth day of its week.
            let day = Int((minute.at / day + 3) % 7)
            cells[day * 24 + Int(minute.at % Self.day / (60 * Self.minute))] += minute.received
        }
        return cells.enumerated().map { ($0.offset / 24 + 1, $0.offset % 24, $0.element) }
    }
}

extension [OrderCounts] {
    /// Orders by status, the most first.
    var mix: [(status: String, count: Int)] {
        reduce(into: [String: Int]()) { $0[$1.orderStatus, default: 0] += $1.orders }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }
}
