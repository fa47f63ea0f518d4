import FoundationEssentials
package import Logging

/// How many files this process may have open; a connection is one of them.
package enum OpenFiles {
    /// What a process needs besides the connections it serves: its libraries, logs, other servers.
    private static let others = 128

    /// Warns when so many connections, which this setting allows, are more than the process may have open: idle clients could then
    /// keep out the others.
    package static func warn(unlessEnoughFor connections: Int, setting: String, logger: Logger) {
        guard let limit = limit(), limit < connections + others else { return }
        logger.warning(
            "This process may not open as many connections as its setting allows; raise the limit of open files.",
            metadata: ["setting": "\(setting)", "setting.connections": "\(connections)", "process.max_files": "\(limit)"]
        )
    }

    private static func limit() -> Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/limits") else { return nil }
        return limit(in: String(decoding: data, as: UTF8.self))
    }

    /// The limit that is in force, from the text of `/proc/self/limits`, proc(5); nil when there is none.
    static func limit(in text: String) -> Int? {
        let name = "Max open files"
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { $0.dropFirst(name.count).split(separator: " ").first }.flatMap { Int($0) }
    }
}
