import Testing

@testable import ChaosKit

@Suite("SplitMix64")
struct SplitMix64Tests {
    @Test func `gives the numbers of the reference implementation`() {
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func `draws within the range and with the share it is asked for`() {
        var random = SplitMix64(seed: 1)
        let numbers = (0..<1_000).map { _ in random.int(in: 3..<7) }
        #expect(Set(numbers) == [3, 4, 5, 6])
        let hits = (0..<10_000).count { _ in random.chance(0.3) }
        #expect((2_700...3_300).contains(hits))
    }

    @Test func `shuffles without losing anything, the same way for the same seed`() {
        var (first, second) = (Array(0..<100), Array(0..<100))
        var (one, two) = (SplitMix64(seed: 9), SplitMix64(seed: 9))
        one.shuffle(&first)
        two.shuffle(&second)
        #expect(first == second)
        #expect(first != Array(0..<100))
        #expect(first.sorted() == Array(0..<100))
    }
}
