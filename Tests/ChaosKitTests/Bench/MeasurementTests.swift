import Testing

@testable import ChaosKit

@Suite("Measurements")
struct MeasurementTests {
    @Test func `report the median`() {
        #expect(Figures.median([3, 1, 2]) == 2)
        #expect(Figures.median([4, 1, 2, 3]) == 2.5)
        #expect(Figures.median([]).isNaN)
    }

    @Test func `compare with a goal in its direction`() {
        let noop = Measurement("noop", unit: "", values: [100, 90, 110])
        let ingest = Measurement("ingest", unit: "", values: [50, 40, 60])
        let ratio = ingest.ratio(to: noop, name: "ratio", goal: .atLeast(0.45))
        #expect(ratio.median == 0.5)
        #expect(ratio.goal?.isReached(by: ratio.median) == true)
        #expect(!Measurement.Goal.atMost(0.4).isReached(by: ratio.median))
    }

    @Test func `are written for people`() {
        #expect(Figures.number(23_456.7) == "23,457")
        #expect(Figures.number(1_000_000) == "1,000,000")
        #expect(Figures.number(12.34) == "12.3")
        #expect(Figures.number(1.999) == "2.00")
        #expect(Figures.number(0.01234) == "0.0123")
        #expect(Figures.number(.nan) == "–")
        #expect(Figures.duration(.milliseconds(1_234)) == "1,234 ms")
    }

    @Test func `stand in an aligned table`() {
        var report = BenchReport(facts: [.init("swift", "6.3")])
        report.measurements = [Measurement("a", unit: "s", values: [1], goal: .atMost(2))]
        let lines = report.figuresText.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines[2].contains("✓"))
    }

    @Test func `read pgbench's own figure`() {
        let output =
            "number of failed transactions: 0 (0.000%)\nlatency average = 9 ms\ntps = 6911.25 (without initial connection time)\n"
        #expect(PgbenchInserts.rate(in: output) == 6_911.25)
        #expect(PgbenchInserts.rate(in: "pgbench: error") == nil)
    }
}
