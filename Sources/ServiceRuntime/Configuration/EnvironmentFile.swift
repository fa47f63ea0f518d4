/// The text of a `.env` file as variables.
///
/// One `NAME=value` a line; blank lines and lines starting with `#` are skipped, a leading `export ` and one pair of quotes
/// around the value are removed, and the last of two equal names wins. Nothing is expanded or executed.
struct EnvironmentFile {
    /// The variables by name.
    private(set) var variables: [String: String] = [:]
    /// The numbers, from 1, of lines that are none of the above.
    private(set) var badLines: [Int] = []

    init(text: String) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            var line = line.trimmingSpace()
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            if line.hasPrefix("export ") { line = line.dropFirst("export ".count).trimmingSpace() }
            guard let equals = line.firstIndex(of: "="), Self.isName(line[..<equals].trimmingSpace()) else {
                badLines.append(index + 1)
                continue
            }
            let value = line[line.index(after: equals)...].trimmingSpace()
            variables[String(line[..<equals].trimmingSpace())] = String(Self.unquoted(value))
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    private static func unquoted(_ text: Substring) -> Substring {
        guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else { return text }
        return text.dropFirst().dropLast()
    }
}

extension StringProtocol {
    /// The text without white space at either end.
    func trimmingSpace() -> SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }) else { return self[endIndex...] }
        let last = lastIndex { !$0.isWhitespace } ?? first
        return self[first...last]
    }
}
