import FoundationEssentials

/// What everything on this machine together has taken of it.
enum MachineLoad {
    /// Seconds that its processors have worked since it started; what a hypervisor took away is not among them.
    ///
    /// The first line of `/proc/stat`, proc(5): user, nice, system, idle, iowait, irq, softirq, …, in ticks of a hundredth of a second.
    static var processorTime: Double {
        guard let data = FileManager.default.contents(atPath: "/proc/stat") else { return .nan }
        let fields = String(decoding: data, as: UTF8.self).prefix { $0 != "\n" }.split(separator: " ").dropFirst()
        let ticks = fields.compactMap { Double($0) }
        guard ticks.count > 6 else { return .nan }
        return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / 100
    }
}
