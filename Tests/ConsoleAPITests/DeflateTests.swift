import Testing

@testable import ConsoleAPI

@Suite("The compression of files")
struct DeflateTests {
    @Test(
        arguments: [
            [UInt8](), Array("a".utf8), Array("abcabcabcabcabcabc".utf8), Array(String(repeating: "x", count: 100_000).utf8),
            Array((0..<3_000).map { "order \($0 * 7_919 % 1_000), paid, 10.50\n" }.joined().utf8),
            (0..<1_000).map { UInt8($0 & 255) },
        ]
    )
    func `gives what a plain reader of RFC 1951 reads back`(bytes: [UInt8]) throws {
        let compressed = Deflate.compress(bytes)
        #expect(try Inflater(compressed).output == bytes)
        if bytes.count > 10_000 { #expect(compressed.count < bytes.count / 3) }
    }

    @Test func `can be cut into blocks anywhere`() throws {
        var deflate = Deflate()
        var compressed: [UInt8] = []
        for _ in 0..<5 {
            deflate.block(Array("a block, a block".utf8), isLast: false)
            compressed += deflate.take()
        }
        deflate.block([], isLast: true)
        compressed += deflate.finish()
        #expect(try Inflater(compressed).output == Array(String(repeating: "a block, a block", count: 5).utf8))
    }

    @Test func `names its checksum as every zip program does`() {
        var checksum = CRC32()
        checksum.update(Array("123456789".utf8))
        #expect(checksum.value == 0xCBF4_3926)
    }
}

/// Reads blocks with the fixed codes, bit by bit, straight from RFC 1951.
private struct Inflater {
    struct Malformed: Error {}

    private let input: [UInt8]
    private var bit = 0
    private(set) var output: [UInt8] = []

    init(_ input: [UInt8]) throws {
        self.input = input
        var isLast = false
        while !isLast {
            isLast = try bits(1) == 1
            guard try bits(2) == 1 else { throw Malformed() }
            try block()
        }
    }

    private mutating func block() throws {
        while true {
            let symbol = try symbol()
            if symbol == 256 { return }
            guard symbol > 256 else {
                output.append(UInt8(symbol))
                continue
            }
            let (base, extra) = Self.length(symbol - 257)
            let length = try base + bits(extra)
            let code = try code(5)
            let distanceExtra = code < 4 ? 0 : code / 2 - 1
            let distance = try (code < 4 ? code + 1 : (2 + code % 2) << distanceExtra + 1) + bits(distanceExtra)
            guard distance <= output.count else { throw Malformed() }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private static func length(_ index: Int) -> (base: Int, extra: Int) {
        if index < 8 { return (index + 3, 0) }
        if index == 28 { return (258, 0) }
        let extra = index / 4 - 1
        return ((4 + index % 4) << extra + 3, extra)
    }

    private mutating func symbol() throws -> Int {
        var code = try code(7)
        if code <= 0b0010111 { return 256 + code }
        code = try code << 1 | bits(1)
        if (0x30...0xBF).contains(code) { return code - 0x30 }
        if (0xC0...0xC7).contains(code) { return 280 + code - 0xC0 }
        code = try code << 1 | bits(1)
        guard (0x190...0x1FF).contains(code) else { throw Malformed() }
        return 144 + code - 0x190
    }

    private mutating func code(_ count: Int) throws -> Int {
        var value = 0
        for _ in 0..<count { value = try value << 1 | bits(1) }
        return value
    }

    private mutating func bits(_ count: Int) throws -> Int {
        var value = 0
        for index in 0..<count {
            guard bit / 8 < input.count else { throw Malformed() }
            value |= Int(input[bit / 8] >> UInt8(bit % 8) & 1) << index
            bit += 1
        }
        return value
    }
}
