/// JSON strings, for the few lines this library writes itself.
enum JSONText {
    /// The text as a JSON string with its quotes; control characters never come out raw.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let scalar where scalar.isLineControl:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Unicode.Scalar {
    /// Whether a terminal or a log reader could take the scalar for a command or for the end of the line.
    ///
    /// These are the C0 and C1 control characters, delete, the two Unicode separators of lines, and the marks that reverse
    /// the direction of text. All of them are below U+10000.
    var isLineControl: Bool {
        switch value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
