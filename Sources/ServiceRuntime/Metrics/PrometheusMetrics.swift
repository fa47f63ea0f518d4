package import CoreMetrics
import Synchronization

/// The metrics of this process, kept for Prometheus to collect.
///
/// Recording touches atomics only; the lock is taken when a metric is made and when the text is written. Names with the
/// unit `_seconds`, `_bytes` or any other choose the buckets of a histogram. A metric has at most
/// ``maximumSeries`` combinations of labels; all further ones share one whose values are `overflow`.
package final class PrometheusMetrics: MetricsFactory {
    /// The most combinations of labels one metric may have.
    package static let maximumSeries = 200

    private struct Family {
        var kind: String
        var series: [Labels: any PrometheusSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    /// An empty set of metrics.
    package init() {}

    /// The metrics in the text format 0.0.4, families and series sorted by name.
    package func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.kind)\n"
            for (labels, series) in family.series.sorted(by: { $0.key.text < $1.key.text }) {
                series.write(name: name, labels: labels, into: &text)
            }
        }
        return text
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: "counter", make: PrometheusCounter.init)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, kind: "gauge", make: PrometheusGauge.init)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, kind: "gauge", make: PrometheusGauge.init) }
        return histogram(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // Series live as long as the process: a counter that vanished would look like a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
        series(label, dimensions, kind: "histogram") { PrometheusHistogram(buckets: .named(for: label)) }
    }

    private func series<Series: PrometheusSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        kind: String,
        make: () -> Series
    ) -> Series {
        let name = Labels.identifier(label)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            precondition(family.kind == kind, "The metric \(name) is already a \(family.kind).")
            var labels = Labels(dimensions)
            if family.series[labels] == nil, family.series.count >= Self.maximumSeries - 1 {
                labels = Labels(dimensions.map { ($0.0, "overflow") })
            }
            // One kind has one class of series, which the precondition above has checked.
            if let known = family.series[labels] as? Series { return known }
            let made = make()
            family.series[labels] = made
            families[name] = family
            return made
        }
    }
}
