import FoundationEssentials

/// The end of a log file, for the message about the program that wrote it.
enum LogTail {
    /// The last lines, indented; empty when the file cannot be read.
    static func lines(of path: String, count: Int = 15) -> String {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(whereSeparator: \.isNewline).suffix(count).map { "    \($0)" }.joined(separator: "\n")
    }
}
