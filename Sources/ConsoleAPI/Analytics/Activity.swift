import Orders
import Postgres

/// What happened within one span of time.
struct Activity: Sendable, Equatable {
    /// A histogram's classes: up to 1, 2, 4, … milliseconds; the last one is everything beyond.
    static let latencyClasses = 24

    var at: Int64
    var received: Int64 = 0
    var processed: Int64 = 0
    var discarded: Int64 = 0
    var parked: Int64 = 0
    var unmapped: Int64 = 0
    var failed: Int64 = 0
    var duplicates: Int64 = 0
    var edits: Int64 = 0
    /// Orders changed; an order that changed in two minutes counts twice.
    var orders: Int64 = 0
    var latencies = [Int64](repeating: 0, count: Activity.latencyClasses)

    /// Adds what happened in another span.
    mutating func add(_ other: Activity) {
        received += other.received
        processed += other.processed
        discarded += other.discarded
        parked += other.parked
        unmapped += other.unmapped
        failed += other.failed
        duplicates += other.duplicates
        edits += other.edits
        orders += other.orders
        for index in latencies.indices { latencies[index] += other.latencies[index] }
    }

    /// The time within which this share was merged, as the middle of its class; nil when nothing was merged.
    func latency(_ share: Double) -> Int64? {
        let count = latencies.reduce(0, +)
        guard count > 0 else { return nil }
        var wanted = Int64((Double(count) * share).rounded(.up))
        for (index, number) in latencies.enumerated() {
            wanted -= number
            // A class reaches from half its bound to its bound: three quarters of the bound lie in its middle.
            if wanted <= 0 { return index == 0 ? 1 : (Int64(1) << Int64(index)) * 3 / 4 }
        }
        return nil
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", PostgresTimestamp(microseconds: at))
        writeCounts(to: &writer)
        writeLatency(to: &writer)
        writer.endObject()
    }

    func writeCounts(to writer: inout JSONWriter) {
        writer.member("received", received)
        writer.member("processed", processed)
        writer.member("discarded", discarded)
        writer.member("parked", parked)
        writer.member("unmapped", unmapped)
        writer.member("failed", failed)
        writer.member("duplicates", duplicates)
        writer.member("edits", edits)
    }

    func writeLatency(to writer: inout JSONWriter) {
        writer.nullable("p50Ms", latency(0.50))
        writer.nullable("p95Ms", latency(0.95))
        writer.nullable("p99Ms", latency(0.99))
    }
}

extension [Activity] {
    /// Buckets of equal length from `from` to `to`, without gaps; what happened within each is added up.
    func buckets(from: Int64, to: Int64, length: Int64) -> [Activity] {
        var buckets = stride(from: from, to: to, by: Int64.Stride(length)).map { Activity(at: $0) }
        for minute in self where minute.at >= from && minute.at < to {
            buckets[Int((minute.at - from) / length)].add(minute)
        }
        return buckets
    }
}
