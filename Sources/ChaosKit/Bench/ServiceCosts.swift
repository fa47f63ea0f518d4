import FoundationEssentials

/// What a service cost PostgreSQL and the machine during a measurement.
struct ServiceCosts: Sendable {
    /// Round trips to PostgreSQL.
    var roundTrips = 0.0
    /// Largest resident memory of the process so far, in bytes.
    var memory = 0.0
    /// Processor time of the process so far, in seconds.
    var processorTime = 0.0

    /// Reads them from the running service.
    init(of process: BenchProgram, id: Int32) async {
        let probe = HTTPProbe(process.readiness)
        roundTrips = await probe.metric("postgres_round_trips_total") ?? .nan
        memory = Self.peakMemory(id)
        processorTime = Self.processorTime(id)
    }

    /// `utime` and `stime` of proc(5), in ticks of a hundredth of a second.
    private static func processorTime(_ id: Int32) -> Double {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return .nan }
        // The name in brackets may hold spaces; what follows it does not.
        let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .nan }
        return (user + system) / 100
    }

    /// `VmHWM` of proc(5).
    private static func peakMemory(_ id: Int32) -> Double {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/status") else { return .nan }
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        return kilobytes.map { $0 * 1_024 } ?? .nan
    }
}
