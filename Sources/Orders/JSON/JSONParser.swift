/// Writes the tape of one text in a single pass, checking RFC 8259 and UTF-8 as it goes.
///
/// Open containers are linked through their own tape entries, so that neither nesting nor nodes allocate.
struct JSONParser {
    private let limits: JSONLimits
    private(set) var tape: [JSONTapeEntry] = []
    private var open = -1
    private var openIsObject = false
    private var depth = 0

    init(limits: JSONLimits) {
        self.limits = limits
    }

    mutating func parse(_ bytes: Span<UInt8>) throws(JSONError) {
        guard bytes.count <= limits.maxBytes else { throw JSONError(.tooLarge, at: limits.maxBytes) }
        tape.reserveCapacity(bytes.count / 8 + 4)
        var position = JSONScanner.skipSpace(bytes, from: 0)
        while true {
            position = try parseValue(bytes, at: position)
            position = JSONScanner.skipSpace(bytes, from: position)
            position = try finishValue(bytes, at: position)
            if open < 0 { break }
        }
        guard position == bytes.count else { throw JSONError(.trailingBytes, at: position) }
    }

    /// Parses one scalar, one empty container, or the opening of containers up to their first scalar.
    private mutating func parseValue(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        var position = start
        while true {
            guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                return try parseString(bytes, at: position)
            case UInt8(ascii: "{"):
                try openContainer(.object, at: position)
                position = JSONScanner.skipSpace(bytes, from: position + 1)
                guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
                if bytes[position] == UInt8(ascii: "}") { return closeContainer(at: position) }
                position = try parseKey(bytes, at: position)
            case UInt8(ascii: "["):
                try openContainer(.array, at: position)
                position = JSONScanner.skipSpace(bytes, from: position + 1)
                guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
                if bytes[position] == UInt8(ascii: "]") { return closeContainer(at: position) }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let end = try JSONScanner.endOfNumber(bytes, from: position)
                try append(JSONTapeEntry(.number, start: position, reach: end), at: position)
                return end
            case UInt8(ascii: "t"):
                return try parseLiteral(JSONScanner.literalTrue, .bool, bytes, at: position)
            case UInt8(ascii: "f"):
                return try parseLiteral(JSONScanner.literalFalse, .bool, bytes, at: position)
            case UInt8(ascii: "n"):
                return try parseLiteral(JSONScanner.literalNull, .null, bytes, at: position)
            default:
                throw JSONError(.unexpectedByte, at: position)
            }
        }
    }

    /// Takes the comma or the closing brackets after a value; ends before the next value, or outside every container.
    private mutating func finishValue(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        var position = start
        while open >= 0 {
            guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
            let byte = bytes[position]
            if byte == UInt8(ascii: ",") {
                position = JSONScanner.skipSpace(bytes, from: position + 1)
                return openIsObject ? try parseKey(bytes, at: position) : position
            }
            guard byte == (openIsObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw JSONError(.unexpectedByte, at: position)
            }
            position = JSONScanner.skipSpace(bytes, from: closeContainer(at: position))
        }
        return position
    }

    /// Parses a key and its colon; ends before the value.
    private mutating func parseKey(_ bytes: Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        guard start < bytes.count else { throw JSONError(.unexpectedEnd, at: start) }
        guard bytes[start] == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: start) }
        let position = JSONScanner.skipSpace(bytes, from: try parseString(bytes, at: start))
        guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: position) }
        guard bytes[position] == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: position) }
        return JSONScanner.skipSpace(bytes, from: position + 1)
    }

    private mutating func parseString(_ bytes: Span<UInt8>, at quote: Int) throws(JSONError) -> Int {
        let string = try JSONScanner.endOfString(bytes, from: quote + 1)
        let kind: JSONTapeEntry.Kind = string.isEscaped ? .escapedString : .string
        try append(JSONTapeEntry(kind, start: quote + 1, reach: string.end), at: quote)
        return string.end + 1
    }

    private mutating func parseLiteral(
        _ literal: [UInt8],
        _ kind: JSONTapeEntry.Kind,
        _ bytes: Span<UInt8>,
        at start: Int
    ) throws(JSONError) -> Int {
        let end = try JSONScanner.endOfLiteral(literal, bytes, from: start)
        try append(JSONTapeEntry(kind, start: start, reach: end), at: start)
        return end
    }

    private mutating func openContainer(_ kind: JSONTapeEntry.Kind, at position: Int) throws(JSONError) {
        guard depth < limits.maxDepth else { throw JSONError(.tooDeep, at: position) }
        depth += 1
        // Until it is closed, an open container's entry reaches to the one around it (plus one, so that none is zero).
        try append(JSONTapeEntry(kind, start: position, reach: open + 1), at: position)
        open = tape.count - 1
        openIsObject = kind == .object
    }

    private mutating func closeContainer(at position: Int) -> Int {
        let opening = tape[open]
        tape[open] = JSONTapeEntry(opening.kind, start: opening.start, reach: tape.count)
        tape.append(JSONTapeEntry(.end, start: position, reach: open))
        open = opening.reach - 1
        openIsObject = open >= 0 && tape[open].kind == .object
        depth -= 1
        return position + 1
    }

    private mutating func append(_ entry: JSONTapeEntry, at position: Int) throws(JSONError) {
        guard tape.count < limits.maxNodes else { throw JSONError(.tooManyNodes, at: position) }
        tape.append(entry)
    }
}
