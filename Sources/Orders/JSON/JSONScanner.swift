/// Finds where the tokens of RFC 8259 end.
enum JSONScanner {
    @inline(__always)
    static func skipSpace(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            position += 1
        }
        return position
    }

    /// The closing quote of the string whose first character is at `start`.
    @inline(__always)
    static func endOfString(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> (end: Int, isEscaped: Bool) {
        var position = start
        var isEscaped = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                position += 1
            } else if byte == UInt8(ascii: "\"") {
                return (position, isEscaped)
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                position = try endOfEscape(bytes, from: position)
            } else if byte < 0x20 {
                throw JSONError(.controlCharacter, at: position)
            } else {
                position = try endOfMultibyte(bytes, from: position)
            }
        }
        throw JSONError(.unexpectedEnd, at: position)
    }

    static func endOfNumber(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        var position = start
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            position = try endOfDigits(bytes, from: position)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position = try endOfDigits(bytes, from: position + 1)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            position = try endOfDigits(bytes, from: position)
        }
        return position
    }

    static let literalTrue = Array("true".utf8)
    static let literalFalse = Array("false".utf8)
    static let literalNull = Array("null".utf8)

    static func endOfLiteral(_ literal: [UInt8], _ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        var position = start
        for expected in literal {
            guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
            guard bytes[position] == expected else { throw JSONError(.unexpectedByte, at: position) }
            position += 1
        }
        return position
    }

    private static func endOfDigits(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        var position = start
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else {
            throw JSONError(position < bytes.count ? .invalidNumber : .unexpectedEnd, at: position)
        }
        return position
    }

    private static func endOfEscape(_ bytes: Span<UInt8>, from backslash: Int) throws(JSONError) -> Int {
        let position = backslash + 1
        guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return position + 1
        case UInt8(ascii: "u"):
            for digit in position + 1..<position + 5 {
                guard digit < bytes.count else { throw JSONError(.unexpectedEnd, at: digit) }
                guard hexDigit(bytes[digit]) != nil else { throw JSONError(.invalidEscape, at: digit) }
            }
            return position + 5
        default:
            throw JSONError(.invalidEscape, at: position)
        }
    }

    /// Well-formed UTF-8 (Unicode table 3-7): no overlong form, no surrogate, nothing above U+10FFFF.
    private static func endOfMultibyte(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        let lead = bytes[start]
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(.invalidUTF8, at: start)
        }
        for offset in 1..<length {
            guard start + offset < bytes.count else { throw JSONError(.unexpectedEnd, at: start + offset) }
            let byte = bytes[start + offset]
            guard offset == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else { throw JSONError(.invalidUTF8, at: start) }
        }
        return start + length
    }
}
