import FoundationEssentials
import Glibc
import Postgres

/// What a figure depends on and a reader must know: machine, versions, settings.
enum MachineFacts {
    /// The machine and the build.
    static var machine: [BenchReport.Fact] {
        [
            .init("machine", "\(processor), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, \(memory)"),
            .init("kernel", contents("/proc/sys/kernel/osrelease")),
            .init("swift", "\(compiler), \(build)"),
        ]
    }

    /// The database's version and the settings that decide how fast it is.
    static func database(_ connection: isolated PostgresConnection) throws -> [BenchReport.Fact] {
        let wanted = [
            "server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers",
            "max_wal_size",
        ]
        var settings: [String: String] = [:]
        for row in try connection.query(settingsStatement, [.texts(wanted)]) { settings[try row.decode(0)] = try row.decode(1) }
        let version = settings.removeValue(forKey: "server_version") ?? "unknown"
        let shown = wanted.compactMap { name in settings[name].map { "\(name)=\($0)" } }.joined(separator: " ")
        return [.init("postgresql", version), .init("settings", shown)]
    }

    /// Run once a report.
    private static let settingsStatement = Statement(
        "bench_settings",
        "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY ($1::text[])"
    )

    private static var processor: String {
        let lines = contents("/proc/cpuinfo").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return model.map { $0.drop { $0 == " " } }.map(String.init) ?? "unknown processor"
    }

    private static var memory: String {
        let kilobytes = contents("/proc/meminfo").split(separator: "\n").first?.split(separator: " ").dropFirst().first.flatMap {
            Double($0)
        }
        return kilobytes.map { "\(Figures.number($0 / 1_048_576)) GiB" } ?? "unknown memory"
    }

    private static var build: String {
        #if DEBUG
            "debug: the figures mean nothing"
        #else
            "release"
        #endif
    }

    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static func contents(_ path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "unknown" }
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "\n")
    }
}
