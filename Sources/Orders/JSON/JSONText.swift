/// Reads strings off the tape.
enum JSONText {
    static func decode(_ entry: JSONTapeEntry, of bytes: [UInt8]) -> String {
        guard entry.kind == .escapedString else {
            return String(decoding: bytes[entry.start..<entry.reach], as: UTF8.self)
        }
        var scalars = Unescaping(entry, bytes)
        var text = String.UnicodeScalarView()
        while let scalar = scalars.next() { text.append(scalar) }
        return String(text)
    }

    /// Whether a string is this text, byte for byte, however it is escaped.
    static func equals(_ entry: JSONTapeEntry, of bytes: [UInt8], _ text: Span<UInt8>) -> Bool {
        guard entry.kind == .string else {
            let decoded = Array(decode(entry, of: bytes).utf8)
            return decoded.count == text.count && equals(decoded, at: 0, text)
        }
        return text.count == entry.reach - entry.start && equals(bytes, at: entry.start, text)
    }

    private static func equals(_ bytes: [UInt8], at start: Int, _ text: Span<UInt8>) -> Bool {
        guard bytes.count - start >= text.count else { return false }
        for index in text.indices where bytes[start + index] != text[index] { return false }
        return true
    }

    /// The scalars of a string that has been checked, escapes resolved.
    private struct Unescaping {
        private let bytes: [UInt8]
        private var position: Int
        private let end: Int

        init(_ entry: JSONTapeEntry, _ bytes: [UInt8]) {
            self.bytes = bytes
            position = entry.start
            end = entry.reach
        }

        mutating func next() -> Unicode.Scalar? {
            guard position < end else { return nil }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") { return escape() }
            return plain(lead: byte)
        }

        private mutating func plain(lead: UInt8) -> Unicode.Scalar {
            let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            var value = length == 1 ? UInt32(lead) : UInt32(lead & (0x7F >> UInt8(length)))
            for offset in 1..<max(length, 1) { value = value << 6 | UInt32(bytes[position + offset] & 0x3F) }
            position += length
            return Unicode.Scalar(value) ?? "\u{FFFD}"
        }

        private mutating func escape() -> Unicode.Scalar {
            let character = bytes[position + 1]
            guard character == UInt8(ascii: "u") else {
                position += 2
                return switch character {
                case UInt8(ascii: "b"): "\u{8}"
                case UInt8(ascii: "f"): "\u{C}"
                case UInt8(ascii: "n"): "\n"
                case UInt8(ascii: "r"): "\r"
                case UInt8(ascii: "t"): "\t"
                default: Unicode.Scalar(character)
                }
            }
            let unit = codeUnit(at: position)
            position += 6
            if unit & 0xFC00 == 0xD800, position + 6 <= end, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                let low = codeUnit(at: position)
                if low & 0xFC00 == 0xDC00 {
                    position += 6
                    return Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) ?? "\u{FFFD}"
                }
            }
            return unit == 0 ? "\u{FFFD}" : Unicode.Scalar(unit) ?? "\u{FFFD}"
        }

        /// The number of `\uXXXX`; its digits have been checked.
        private func codeUnit(at backslash: Int) -> UInt32 {
            var unit: UInt32 = 0
            for digit in backslash + 2..<backslash + 6 { unit = unit << 4 | UInt32(hexDigit(bytes[digit]) ?? 0) }
            return unit
        }
    }
}
