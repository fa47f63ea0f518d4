/// What the comments and the indentation of scripts and styles cost on the way: a third of their compressed size.
enum SourceComments {
    private enum Place {
        case code, block
    }

    /// The text with the lines of its comments left blank and without indentation, so that the number of a line in a browser's stack
    /// is its number in the file. Comments behind code stay. Anything but scripts and styles is returned as it is.
    static func blanked(_ bytes: [UInt8], of name: String) -> [UInt8] {
        guard name.hasSuffix(".js") || name.hasSuffix(".css") else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = Place.code
        for (index, line) in bytes.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { result.append(newline) }
            let text = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            if place == .code, text.starts(with: blockStart) {
                place = .block
            } else if place == .code {
                if !text.starts(with: lineStart) { result += text }
                continue
            }
            guard let end = text.firstRange(of: blockEnd)?.upperBound else { continue }
            place = .code
            result += text[end...]
        }
        return result
    }

    private static let newline = UInt8(ascii: "\n")
    private static let blockStart = Array("/*".utf8)
    private static let blockEnd = Array("*/".utf8)
    private static let lineStart = Array("//".utf8)
}
