package import Logging

/// Writes each log event as one line of text or JSON.
///
/// `write` gets a whole line at a time, from any thread, and must hand it on in one piece.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: ServiceConfiguration.LogFormat
    private let timestamp: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// A handler for the logger of that label.
    package init(
        label: String,
        level: Logger.Level,
        format: ServiceConfiguration.LogFormat,
        timestamp: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.logLevel = level
        self.format = format
        self.timestamp = timestamp
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var metadata = self.metadata
        metadata.merge(metadataProvider?.get() ?? [:]) { $1 }
        metadata.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { metadata["error"] = .string("\(error)") }
        let line = LogLine(
            timestamp: timestamp(),
            level: event.level,
            label: label,
            message: event.message.description,
            metadata: metadata
        )
        write(format == .json ? line.json : line.text)
    }
}
