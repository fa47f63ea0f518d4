/// Sebastiano Vigna's SplitMix64: small, fast, and the same numbers from the same seed on every machine.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A whole number in the range. The standard library may change how it draws, so seeds go through this method only.
    package mutating func int(in range: Range<Int>) -> Int {
        precondition(!range.isEmpty, "there is nothing to draw from")
        return range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True in the given share of all draws.
    package mutating func chance(_ share: Double) -> Bool {
        Double(next() >> 11) / Double(1 << 53) < share
    }

    /// Puts the elements into a random order (Fisher and Yates).
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        guard elements.count > 1 else { return }
        for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, int(in: 0..<last + 1)) }
    }
}
