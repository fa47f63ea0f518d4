import TestSeed

/// Changes inputs so that they stay close to what a parser takes: bytes, numbers, words, repetitions, pieces of other inputs.
struct Mutator {
    /// Longest input.
    static let maxBytes = 32_768
    private static let maxSteps = 4
    private static let maxRepeats = 48

    private var random: SeededGenerator
    private let dictionary: [[UInt8]]

    init(seed: UInt64, dictionary: [String]) {
        random = SeededGenerator(seed: seed)
        self.dictionary = dictionary.map { Array($0.utf8) }
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    /// One of the inputs, changed in a few places.
    mutating func mutant(of inputs: [[UInt8]]) -> [UInt8] {
        var input = pick(inputs)
        for _ in 0..<Int.random(in: 1...Self.maxSteps, using: &random) { change(&input, pick(inputs)) }
        return Array(input.prefix(Self.maxBytes))
    }

    private mutating func change(_ input: inout [UInt8], _ other: [UInt8]) {
        guard !input.isEmpty else {
            input = other
            return
        }
        switch Int.random(in: 0..<11, using: &random) {
        case 0: input[place(in: input)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: input[place(in: input)] = UInt8.random(in: 0...255, using: &random)
        case 2: input.insert(UInt8.random(in: 0...255, using: &random), at: place(in: input))
        case 3: input.removeSubrange(range(in: input))
        case 4, 5: input.insert(contentsOf: pick(dictionary), at: place(in: input))
        case 6: input.replaceSubrange(range(in: input), with: pick(dictionary))
        case 7: repeatPiece(of: &input)
        case 8: changeNumber(in: &input)
        case 9: input = Array(input[..<place(in: input)])
        default:
            guard !other.isEmpty else { return }
            input.replaceSubrange(range(in: input), with: other[range(in: other)])
        }
    }

    private mutating func place(in input: [UInt8]) -> Int { Int.random(in: 0..<input.count, using: &random) }

    /// Mostly short.
    private mutating func range(in input: [UInt8]) -> Range<Int> {
        let start = place(in: input)
        let longest = Bool.random(using: &random) ? 8 : input.count
        return start..<min(input.count, start + Int.random(in: 1...longest, using: &random))
    }

    private mutating func repeatPiece(of input: inout [UInt8]) {
        let piece = Array(input[range(in: input)])
        let count = min(Int.random(in: 1...Self.maxRepeats, using: &random), Self.maxBytes / piece.count)
        input.insert(contentsOf: Array(repeatElement(piece, count: count).joined()), at: place(in: input))
    }

    private mutating func changeNumber(in input: inout [UInt8]) {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        let from = place(in: input)
        guard let start = input[from...].firstIndex(where: isDigit) else { return }
        let end = input[start...].firstIndex { !isDigit($0) } ?? input.count
        input.replaceSubrange(start..<end, with: Array(pick(Self.numbers).utf8))
    }

    private static let numbers = [
        "0", "-1", "1", "255", "65536", "2147483647", "2147483648", "4294967296", "9223372036854775807", "-9223372036854775808",
        "18446744073709551616", "1e400", "0.1", "00", "99999999999999999999999999",
    ]
}
