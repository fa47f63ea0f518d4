import Glibc
import SystemPackage

/// What the operator sees; each call writes whole lines, so that lines of several children never mix.
enum Terminal {
    /// Writes lines of a result to standard output.
    static func show(_ text: String) {
        write(text + "\n", to: .standardOutput)
    }

    /// Writes a line about the progress to standard error.
    static func note(_ text: String) {
        write(text + "\n", to: .standardError)
    }

    /// Shows how far a long command is, over the line before; only on a terminal.
    static func progress(_ text: String) {
        if isTerminal { write("\r\u{1B}[K\(text)", to: .standardError) }
    }

    /// Takes the progress away before the result is shown.
    static func endProgress() {
        if isTerminal { write("\r\u{1B}[K", to: .standardError) }
    }

    private static let isTerminal = isatty(FileDescriptor.standardError.rawValue) == 1

    /// Rows of cells as text with aligned columns.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return "  " + cells.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
    }

    // A terminal that went away must not keep the command from stopping its children.
    private static func write(_ text: String, to descriptor: FileDescriptor) {
        _ = try? descriptor.writeAll(text.utf8)
    }
}
