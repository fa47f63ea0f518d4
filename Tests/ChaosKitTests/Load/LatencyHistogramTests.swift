import Testing

@testable import ChaosKit

@Suite("A latency histogram")
struct LatencyHistogramTests {
    @Test func `is at most 1 % off for every value that it keeps`() {
        var value: UInt64 = 1
        while value < LatencyHistogram.limit {
            for candidate in [value, value + value / 3, value * 2 - 1] where candidate < LatencyHistogram.limit {
                var histogram = LatencyHistogram()
                histogram.record(nanoseconds: candidate)
                // A second, much larger value keeps the quantile from being clamped to the longest one.
                histogram.record(nanoseconds: LatencyHistogram.limit)
                let found = Double(histogram.quantile(0.5).nanoseconds)
                #expect(abs(found - Double(candidate)) <= Double(candidate) * 0.01, "\(candidate) came back as \(found)")
            }
            value *= 2
        }
    }

    @Test func `gives the quantiles of a known distribution`() {
        var histogram = LatencyHistogram()
        for millisecond in 1...1_000 { histogram.record(nanoseconds: UInt64(millisecond) * 1_000_000) }
        for (share, expected) in [(0.5, 0.5), (0.9, 0.9), (0.99, 0.99), (0.999, 0.999)] {
            #expect(abs(histogram.quantile(share).inSeconds - expected) <= expected * 0.01)
        }
        #expect(histogram.quantile(1) == .seconds(1))
        #expect(histogram.longest == .seconds(1))
        #expect(histogram.count == 1_000)
        #expect(abs(histogram.mean.inSeconds - 0.5005) < 0.0001)
    }

    @Test func `says zero when nothing was recorded`() {
        let histogram = LatencyHistogram()
        #expect(histogram.quantile(0.99) == .zero)
        #expect(histogram.mean == .zero)
    }

    @Test func `keeps overlong latencies at its limit`() {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: .max)
        #expect(histogram.longest.nanoseconds == LatencyHistogram.limit)
    }

    @Test func `added to another one equals a histogram of both`() {
        var (left, right, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value: UInt64 in stride(from: 1, to: 1_000_000, by: 977) {
            if value.isMultiple(of: 2) { left.record(nanoseconds: value) } else { right.record(nanoseconds: value) }
            both.record(nanoseconds: value)
        }
        left.add(right)
        #expect(left == both)
    }
}
