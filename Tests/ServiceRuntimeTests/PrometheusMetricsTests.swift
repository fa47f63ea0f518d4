import CoreMetrics
import Testing

@testable import ServiceRuntime

@Suite("Prometheus metrics")
struct PrometheusMetricsTests {
    @Test func `Counters and gauges are written with their type and escaped labels`() {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "ingest.events_total", dimensions: [("topic", "a\"b\\c\nd")], factory: metrics)
        counter.increment(by: 3)
        Counter(label: "ingest.events_total", dimensions: [("topic", "a\"b\\c\nd")], factory: metrics).increment()
        Gauge(label: "relay_lag_seconds", factory: metrics).record(0.25)
        #expect(
            metrics.exposition() == """
                # TYPE ingest_events_total counter
                ingest_events_total{topic="a\\"b\\\\c\\nd"} 4
                # TYPE relay_lag_seconds gauge
                relay_lag_seconds 0.25

                """
        )
    }

    @Test func `The buckets of a histogram are cumulative and agree with its count`() {
        let metrics = PrometheusMetrics()
        let rows = Recorder(label: "batch_rows", factory: metrics)
        for value in [1, 2, 3, 300, 5_000] { rows.record(value) }
        let lines = metrics.exposition().split(separator: "\n")
        #expect(lines.first == "# TYPE batch_rows histogram")
        #expect(lines.contains(#"batch_rows_bucket{le="1"} 1"#))
        #expect(lines.contains(#"batch_rows_bucket{le="4"} 3"#))
        #expect(lines.contains(#"batch_rows_bucket{le="512"} 4"#))
        #expect(lines.contains(#"batch_rows_bucket{le="4096"} 4"#))
        #expect(lines.suffix(3) == [#"batch_rows_bucket{le="+Inf"} 5"#, "batch_rows_sum 5306", "batch_rows_count 5"])
    }

    @Test func `A duration is kept in seconds`() {
        let metrics = PrometheusMetrics()
        CoreMetrics.Timer(label: "commit_seconds", dimensions: [("table", "orders")], factory: metrics).recordMilliseconds(4)
        let text = metrics.exposition()
        #expect(text.contains(#"commit_seconds_bucket{table="orders",le="0.005"} 1"#))
        #expect(text.contains(#"commit_seconds_sum{table="orders"} 0.004"#))
    }

    @Test func `Further combinations of labels share one series`() {
        let metrics = PrometheusMetrics()
        for index in 0..<(PrometheusMetrics.maximumSeries + 50) {
            Counter(label: "x_total", dimensions: [("shop", "\(index)")], factory: metrics).increment()
        }
        let lines = metrics.exposition().split(separator: "\n")
        #expect(lines.count == PrometheusMetrics.maximumSeries + 1)
        #expect(lines.contains(#"x_total{shop="overflow"} 51"#))
    }

    @Test func `No increment is lost when many tasks record at once`() async {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "n_total", factory: metrics)
        let recorder = Recorder(label: "n_bytes", factory: metrics)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        recorder.record(2)
                    }
                }
            }
        }
        let text = metrics.exposition()
        #expect(text.contains("n_total 8000\n"))
        #expect(text.contains("n_bytes_sum 16000\nn_bytes_count 8000\n"))
    }

    @Test func `The kernel's figures of the process are there`() {
        let text = ProcessMetrics.exposition()
        for name in ["process_open_fds", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_threads"] {
            #expect(text.contains("\n\(name) "), "\(text)")
        }
    }
}
