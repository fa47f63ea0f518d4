/// The upper bounds of a histogram's buckets, ascending; the bucket without a bound is implied.
struct HistogramBuckets: Sendable {
    let upperBounds: [Double]

    /// For durations in seconds, from half a millisecond to half a minute.
    static let seconds = HistogramBuckets(upperBounds: [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ])
    /// For sizes in bytes, from 256 bytes to 16 MiB.
    static let bytes = HistogramBuckets(upperBounds: [
        256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    ])
    /// For numbers of things, such as the rows of a batch.
    static let counts = HistogramBuckets(upperBounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096])

    /// The buckets for a metric by the unit its name ends with.
    static func named(for label: String) -> HistogramBuckets {
        if label.hasSuffix("_seconds") { return .seconds }
        return label.hasSuffix("_bytes") ? .bytes : .counts
    }
}
