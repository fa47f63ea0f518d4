/// Compresses by RFC 1951 with the fixed codes: no table to build, so a stream can be cut anywhere.
struct Deflate {
    private static let window = 32_768
    private static let minMatch = 3
    private static let maxMatch = 258
    private static let hashBits = 15
    /// Earlier places looked at for one match.
    private static let maxChain = 32

    private(set) var output: [UInt8] = []
    private var bits: UInt64 = 0
    private var bitCount: UInt64 = 0

    /// The whole text as one stream.
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var deflate = Deflate()
        deflate.block(bytes, isLast: true)
        return deflate.finish()
    }

    /// One block; matches never reach beyond it.
    mutating func block(_ bytes: [UInt8], isLast: Bool) {
        put(isLast ? 1 : 0, 1)
        put(1, 2)
        var heads = [Int32](repeating: -1, count: 1 << Self.hashBits)
        var previous = [Int32](repeating: -1, count: bytes.count)
        var position = 0
        let input = bytes.span
        while position < input.count {
            let match = Self.longestMatch(input, at: position, heads, previous)
            let step = match?.length ?? 1
            if let match { put(match) } else { putLiteral(Int(input[position])) }
            for index in position..<position + step { Self.remember(input, index, &heads, &previous) }
            position += step
        }
        putLiteral(256)
    }

    /// What has been made so far; whole bytes leave, the rest waits for the next block.
    mutating func take() -> [UInt8] {
        defer { output.removeAll(keepingCapacity: true) }
        return output
    }

    /// The last bytes, filled up with zeros.
    mutating func finish() -> [UInt8] {
        if bitCount > 0 { put(0, 8 - bitCount) }
        return take()
    }

    private typealias Match = (length: Int, distance: Int)

    private static func hash(_ input: Span<UInt8>, _ index: Int) -> Int {
        let three = UInt32(input[index]) | UInt32(input[index + 1]) << 8 | UInt32(input[index + 2]) << 16
        return Int((three &* 2_654_435_761) >> UInt32(32 - hashBits))
    }

    private static func remember(_ input: Span<UInt8>, _ index: Int, _ heads: inout [Int32], _ previous: inout [Int32]) {
        guard index + minMatch <= input.count else { return }
        let slot = hash(input, index)
        previous[index] = heads[slot]
        heads[slot] = Int32(index)
    }

    private static func longestMatch(_ input: Span<UInt8>, at position: Int, _ heads: [Int32], _ previous: [Int32]) -> Match? {
        guard position + minMatch <= input.count else { return nil }
        let limit = min(maxMatch, input.count - position)
        var best: Match = (minMatch - 1, 0)
        var candidate = Int(heads[hash(input, position)])
        var chain = 0
        while candidate >= 0, position - candidate <= window, chain < maxChain {
            var length = 0
            while length < limit, input[candidate + length] == input[position + length] { length += 1 }
            if length > best.length { best = (length, position - candidate) }
            if length == limit { break }
            candidate = Int(previous[candidate])
            chain += 1
        }
        return best.distance > 0 ? best : nil
    }

    private mutating func put(_ match: Match) {
        let length = Self.lengths.lastIndex { $0.base <= match.length } ?? 0
        putLiteral(257 + length)
        put(UInt64(match.length - Self.lengths[length].base), Self.lengths[length].extra)
        let distance = Self.distances.lastIndex { $0.base <= match.distance } ?? 0
        putReversed(UInt64(distance), 5)
        put(UInt64(match.distance - Self.distances[distance].base), Self.distances[distance].extra)
    }

    /// A literal or length symbol in the fixed code (RFC 1951, 3.2.6).
    private mutating func putLiteral(_ symbol: Int) {
        switch symbol {
        case 0...143: putReversed(UInt64(0x30 + symbol), 8)
        case 144...255: putReversed(UInt64(0x190 + symbol - 144), 9)
        case 256...279: putReversed(UInt64(symbol - 256), 7)
        default: putReversed(UInt64(0xC0 + symbol - 280), 8)
        }
    }

    /// Codes go out with their first bit first, everything else with its last bit first.
    private mutating func putReversed(_ code: UInt64, _ count: UInt64) {
        var reversed: UInt64 = 0
        for bit in 0..<count where code >> bit & 1 == 1 { reversed |= 1 << (count - 1 - bit) }
        put(reversed, count)
    }

    private mutating func put(_ value: UInt64, _ count: UInt64) {
        bits |= value << bitCount
        bitCount += count
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }

    private static let lengths: [(base: Int, extra: UInt64)] = [
        (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 1), (13, 1), (15, 1), (17, 1), (19, 2), (23, 2),
        (27, 2), (31, 2), (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4), (115, 4), (131, 5), (163, 5), (195, 5),
        (227, 5), (258, 0),
    ]
    private static let distances: [(base: Int, extra: UInt64)] = [
        (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (7, 1), (9, 2), (13, 2), (17, 3), (25, 3), (33, 4), (49, 4), (65, 5), (97, 5),
        (129, 6), (193, 6), (257, 7), (385, 7), (513, 8), (769, 8), (1_025, 9), (1_537, 9), (2_049, 10), (3_073, 10), (4_097, 11),
        (6_145, 11), (8_193, 12), (12_289, 12), (16_385, 13), (24_577, 13),
    ]
}
