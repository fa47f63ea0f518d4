import FoundationEssentials
import Glibc

/// What the kernel knows about this process, under the names Prometheus clients agree on.
enum ProcessMetrics {
    /// The metrics in the text format 0.0.4; one the kernel does not give is left out.
    static func exposition() -> String {
        var text = ""
        if let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            text += gauge("process_open_fds", names.count)
        }
        guard let data = FileManager.default.contents(atPath: "/proc/self/stat") else { return text }
        // The name of the program stands in parentheses and may hold spaces; what follows it is regular. See proc(5).
        let stat = String(decoding: data, as: UTF8.self)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ").dropFirst().map(String.init)
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let threads = Int(fields[17]), let pages = Int(fields[21])
        else { return text }
        let cpu = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        text += "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total \(PrometheusNumber.text(cpu))\n"
        text += gauge("process_resident_memory_bytes", pages * sysconf(Int32(_SC_PAGESIZE)))
        text += gauge("process_threads", threads)
        return text
    }

    private static func gauge(_ name: String, _ value: Int) -> String {
        "# TYPE \(name) gauge\n\(name) \(value)\n"
    }
}
