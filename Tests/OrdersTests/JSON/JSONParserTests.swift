import TestSeed
import Testing

@testable import Orders

@Suite("JSON parser")
struct JSONParserTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "1.5e+10", "-12E-3", "\"\"", "[]", "{}", " \t\r\n[ 1 , 2 ]\n", #"{"a":{"b":[{}]}}"#,
        #""\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t""#, "\"é€😀\u{7F}\u{10FFFF}\"", "1e400", String(repeating: "9", count: 400),
    ])
    func `takes what RFC 8259 allows`(text: String) throws {
        _ = try document(text)
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd), ("  ", .unexpectedEnd), ("[", .unexpectedEnd), ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd),
            ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd), ("\"a", .unexpectedEnd), ("tru", .unexpectedEnd),
            ("-", .unexpectedEnd), ("1.", .unexpectedEnd), ("1e+", .unexpectedEnd), (#""\u12"#, .unexpectedEnd),
            ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte), ("[1 2]", .unexpectedByte), ("{\"a\":1,}", .unexpectedByte),
            ("{a:1}", .unexpectedByte), ("{1:1}", .unexpectedByte), ("{\"a\" 1}", .unexpectedByte), ("[1}", .unexpectedByte),
            ("{\"a\":1]", .unexpectedByte), ("nul!", .unexpectedByte), ("True", .unexpectedByte), ("+1", .unexpectedByte),
            (".5", .unexpectedByte), ("'a'", .unexpectedByte), ("NaN", .unexpectedByte), ("\u{FEFF}{}", .unexpectedByte),
            ("\u{A0}1", .unexpectedByte), ("01", .trailingBytes), ("{} x", .trailingBytes), ("1 2", .trailingBytes),
            ("{}\0", .trailingBytes), ("-x", .invalidNumber), ("1.e1", .invalidNumber), ("1ex", .invalidNumber),
            (#""\x""#, .invalidEscape), (#""\u12g4""#, .invalidEscape), ("\"\u{1}\"", .controlCharacter),
            ("\"a\nb\"", .controlCharacter),
        ] as [(String, JSONError.Code)]
    )
    func `refuses everything else and says why`(text: String, code: JSONError.Code) {
        #expect(throws: JSONError.self) { try document(text) }
        #expect(failure(Array(text.utf8))?.code == code)
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98, 0x28], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]]
    )
    func `refuses malformed UTF-8 in values and keys`(sequence: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(failure([quote] + sequence + [quote])?.code == .invalidUTF8)
        #expect(failure(Array("{\"".utf8) + sequence + Array("\":1}".utf8))?.code == .invalidUTF8)
    }

    @Test
    func `agrees with the standard library on every two- and three-byte sequence`() {
        let quote = UInt8(ascii: "\"")
        var disagreements = 0
        for lead in UInt8(0x80)...0xFF {
            for second in stride(from: UInt8(0x20), through: 0xFD, by: 1) where second != quote && second != UInt8(ascii: "\\") {
                for third in [UInt8(0x7F), 0x80, 0x9F, 0xA0, 0xBF, 0xC0] {
                    let bytes = [lead, second, third]
                    let isValid = String(validating: bytes, as: UTF8.self) != nil
                    if (failure([quote] + bytes + [quote]) == nil) != isValid { disagreements += 1 }
                }
            }
        }
        #expect(disagreements == 0)
    }

    @Test
    func `limits depth, nodes and bytes`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(failure(nested(128)) == nil)
        #expect(failure(nested(129)) == JSONError(.tooDeep, at: 128))
        #expect(failure(nested(1_000_000))?.code == .tooDeep)
        let limits = JSONLimits(maxBytes: 16, maxDepth: 4, maxNodes: 4)
        #expect(failure(Array("[1,2,3]".utf8), limits) == nil)
        #expect(failure(Array("[1,2,3,4]".utf8), limits)?.code == .tooManyNodes)
        #expect(failure(Array("[1,         2]   ".utf8), limits)?.code == .tooLarge)
    }

    @Test
    func `a real body cut off at any byte is refused`() {
        let body = Fixture.bytes("shopify/fulfillments-create").trimmingNewline
        for length in 0..<body.count {
            #expect(failure(Array(body[..<length]))?.code == .unexpectedEnd)
        }
        #expect(failure(body) == nil)
    }

    @Test
    func `ten thousand mutations of real bodies never trap`() async {
        let bodies = FixtureNames.bodies.map(Fixture.bytes)
        var random = SeededGenerator(seed: 0x0BAD_5EED)
        var accepted = 0
        for _ in 0..<10_000 {
            // Others wait for this thread, some with a time limit.
            await Task.yield()
            let body = random.mutated(random.pick(bodies))
            guard let document = try? JSONDocument(parsing: body) else { continue }
            accepted += 1
            #expect(String(validating: body, as: UTF8.self) != nil)
            #expect(isReadable(document.root))
        }
        #expect(accepted > 100, "of the seed 0x0BAD5EED")
    }

    /// Reads everything there is to read; every member is found by its key.
    private func isReadable(_ value: JSONValue) -> Bool {
        _ = (value.string, value.text, value.int64, value.bool, value.rawBytes, Money(json: value), Instant(json: value))
        return value.elements.allSatisfy(isReadable) && value.members.allSatisfy { value[$0.key] != nil && isReadable($0.value) }
    }
}

func document(_ text: String) throws -> JSONDocument {
    try JSONDocument(parsing: Array(text.utf8))
}

private func failure(_ bytes: [UInt8], _ limits: JSONLimits = .webhook) -> JSONError? {
    do {
        _ = try JSONDocument(parsing: bytes, limits: limits)
        return nil
    } catch {
        return error
    }
}

extension [UInt8] {
    fileprivate var trimmingNewline: [UInt8] {
        last == UInt8(ascii: "\n") ? Array(dropLast()) : self
    }
}

extension SeededGenerator {
    /// The body with one to four bytes replaced, removed, repeated or cut off.
    fileprivate mutating func mutated(_ body: [UInt8]) -> [UInt8] {
        var body = body
        for _ in 0..<Int.random(in: 1...4, using: &self) where !body.isEmpty {
            let place = Int.random(in: 0..<body.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: body[place] = UInt8.random(in: .min ... .max, using: &self)
            case 1: body[place] = pick(Array("{}[]\",:\\u0-.eE ".utf8))
            case 2: body.remove(at: place)
            case 3: body.insert(body[place], at: place)
            default: if chance(8) { body.removeSubrange(place...) }
            }
        }
        return body
    }
}
