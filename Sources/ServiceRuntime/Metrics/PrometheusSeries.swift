import CoreMetrics
import Synchronization

/// The values of one metric under one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    func write(name: String, labels: Labels, into text: inout String)
}

/// A number that only grows.
final class PrometheusCounter: CounterHandler, PrometheusSeries {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func write(name: String, labels: Labels, into text: inout String) {
        text += "\(name)\(labels.braced()) \(value.load(ordering: .relaxed))\n"
    }
}

/// A number that goes up and down.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusSeries {
    private let value = AtomicDouble()

    func set(_ value: Int64) { self.value.store(Double(value)) }
    func set(_ value: Double) { self.value.store(value) }
    func increment(by amount: Double) { value.add(amount) }
    func decrement(by amount: Double) { value.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(name: String, labels: Labels, into text: inout String) {
        text += "\(name)\(labels.braced()) \(PrometheusNumber.text(value.load()))\n"
    }
}

/// How many values fell below each bound, and their sum; durations are kept in seconds.
final class PrometheusHistogram: RecorderHandler, TimerHandler, PrometheusSeries {
    private let buckets: HistogramBuckets
    private let counts: [AtomicCount]
    private let sum = AtomicDouble()

    init(buckets: HistogramBuckets) {
        self.buckets = buckets
        counts = (0...buckets.upperBounds.count).map { _ in AtomicCount() }
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        let index = buckets.upperBounds.firstIndex { value <= $0 } ?? buckets.upperBounds.count
        counts[index].value.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1_000_000_000)
    }

    func write(name: String, labels: Labels, into text: inout String) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count.value.load(ordering: .relaxed)
            let bound = index < buckets.upperBounds.count ? PrometheusNumber.text(buckets.upperBounds[index]) : "+Inf"
            text += "\(name)_bucket\(labels.braced(adding: "le=\"\(bound)\"")) \(total)\n"
        }
        text += "\(name)_sum\(labels.braced()) \(PrometheusNumber.text(sum.load()))\n"
        // The count is the sum over the buckets read above, so that a scrape never contradicts itself.
        text += "\(name)_count\(labels.braced()) \(total)\n"
    }
}

/// Numbers as the text format wants them.
enum PrometheusNumber {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value) { return String(integer) }
        return "\(value)"
    }
}
