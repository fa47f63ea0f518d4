/// Numbers as people read them.
package enum Figures {
    /// A number with as many decimals as matter at its size, thousands separated.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let decimals = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : value == 0 ? 0 : 4
        let scale = [1, 10, 100, 1_000, 10_000][decimals]
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let fraction = String(scaled % scale + scale).dropFirst()
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + grouped(scaled / scale) + (decimals == 0 ? "" : ".\(fraction)")
    }

    /// A duration in milliseconds, or in seconds from ten seconds on.
    package static func duration(_ duration: Duration) -> String {
        let seconds = duration.inSeconds
        return seconds >= 10 ? "\(number(seconds)) s" : "\(number(seconds * 1_000)) ms"
    }

    /// The table of quantiles of a histogram.
    package static func latencies(_ histogram: LatencyHistogram) -> String {
        let shares = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)]
        return TextTable([
            ["latency"] + shares.map(\.0),
            [""] + shares.map { duration(histogram.quantile($0.1)) },
        ]).text
    }

    /// The middle value, or the mean of the two in the middle; not a number for an empty list.
    package static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    private static func grouped(_ number: Int) -> String {
        var digits = String(number)[...]
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = digits.dropLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
