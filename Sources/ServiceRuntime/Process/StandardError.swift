import SystemPackage

/// The process's standard error, where logs and faults go.
enum StandardError {
    /// Writes the text in one piece; a closed or full standard error must not stop the process, so failures are ignored.
    static func write(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }
}
