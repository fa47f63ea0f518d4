/// Counts latencies in buckets whose width grows with the value, so that every quantile is known to within 1 %.
///
/// Each power of two is cut into 128 equal buckets. Values from 1 ns to 68 s are kept; longer ones count as 68 s.
package struct LatencyHistogram: Sendable, Equatable {
    /// Bits of a value that choose its bucket within its power of two.
    private static let precision = 7
    private static let perOctave = 1 << precision
    /// The longest latency that is kept, in nanoseconds.
    package static let limit: UInt64 = (1 << 36) - 1
    private static let bucketCount = (36 - precision) * perOctave + perOctave

    private var buckets: [UInt32]
    /// How many latencies were recorded.
    package private(set) var count = 0
    private var longestNanoseconds: UInt64 = 0
    private var total: UInt64 = 0

    /// An empty histogram.
    package init() {
        buckets = [UInt32](repeating: 0, count: Self.bucketCount)
    }

    /// Counts one latency.
    package mutating func record(nanoseconds: UInt64) {
        let value = min(nanoseconds, Self.limit)
        buckets[Self.bucket(of: value)] &+= 1
        count += 1
        total &+= value
        longestNanoseconds = max(longestNanoseconds, value)
    }

    /// Adds everything another histogram counted.
    package mutating func add(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count += other.count
        total &+= other.total
        longestNanoseconds = max(longestNanoseconds, other.longestNanoseconds)
    }

    /// The longest latency recorded, exactly; zero when there is none.
    package var longest: Duration { .nanoseconds(Int64(longestNanoseconds)) }

    /// The latency that the given share of all latencies does not exceed; zero when nothing was recorded.
    ///
    /// The middle of a bucket is returned, never more than ``longest``.
    package func quantile(_ share: Double) -> Duration {
        precondition((0...1).contains(share), "a quantile lies between 0 and 1")
        guard count > 0 else { return .zero }
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (index, bucket) in buckets.enumerated() where bucket > 0 {
            seen += Int(bucket)
            if seen >= rank { return min(.nanoseconds(Int64(Self.middle(of: index))), longest) }
        }
        return longest
    }

    /// The mean of all latencies; zero when nothing was recorded.
    package var mean: Duration {
        count == 0 ? .zero : .nanoseconds(Int64(total / UInt64(count)))
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >= UInt64(perOctave) else { return Int(value) }
        let shift = UInt64.bitWidth - 1 - precision - value.leadingZeroBitCount
        return shift * perOctave + Int(value >> UInt64(shift))
    }

    private static func middle(of bucket: Int) -> UInt64 {
        guard bucket >= 2 * perOctave else { return UInt64(bucket) }
        let shift = UInt64(bucket / perOctave - 1)
        let first = UInt64(bucket % perOctave + perOctave) << shift
        return first + (1 << shift) / 2
    }
}
