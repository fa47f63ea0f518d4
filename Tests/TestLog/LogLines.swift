package import Logging
package import ServiceRuntime
import Synchronization

/// A log in memory: the lines that a program would write, each with its end.
package final class LogLines: Sendable {
    private let state = Mutex<[String]>([])
    private let level: Logger.Level
    private let format: ServiceConfiguration.LogFormat
    private let timestamp: String

    package init(level: Logger.Level = .info, format: ServiceConfiguration.LogFormat = .text, timestamp: String = "") {
        self.level = level
        self.format = format
        self.timestamp = timestamp
    }

    package var logger: Logger {
        Logger(label: "test") { label in
            LineLogHandler(
                label: label,
                level: self.level,
                format: self.format,
                timestamp: { self.timestamp },
                write: { line in self.state.withLock { $0.append(line) } }
            )
        }
    }

    /// All that were written and not taken.
    package var lines: [String] { state.withLock { $0 } }

    package func take() -> [String] {
        state.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}
