import Foundation
import TestSeed
import Testing

@testable import Orders

/// State is a function of the set of facts: any order, any duplication, any split gives the same bytes.
@Suite struct MergeAlgebraTests {
    static let replays = 100_000
    static let permutationsPerSet = 40

    /// `ORDERS_SEED` repeats a run that failed.
    static let seed = TestSeed.value

    /// Decoded once: the merge is what is replayed.
    static let pool: [DecodedFact] = {
        var generator = FactGenerator(seed: seed)
        return (0..<400).compactMap { _ in try? DecodedFact(generator.fact(), statuses: .standard) }
    }()

    @Test(arguments: 0..<4)
    func `merging is commutative: every permutation gives the same bytes`(part: Int) async throws {
        try #require(Self.pool.count == 400)
        var random = SeededGenerator(seed: Self.seed &+ UInt64(part) &+ 1)
        for _ in 0..<(Self.replays / 4 / Self.permutationsPerSet) {
            var facts = (0..<Int.random(in: 2...7, using: &random)).map { _ in random.pick(Self.pool) }
            let expected = merged(facts)
            let bytes = expected.encoded()
            // Others wait for this thread, some with a time limit.
            await Task.yield()
            for _ in 0..<Self.permutationsPerSet {
                facts.shuffle(using: &random)
                let state = merged(facts)
                guard state.encoded() == bytes else {
                    Issue.record("seed \(Self.seed), part \(part): \(String(decoding: bytes, as: UTF8.self))")
                    return
                }
            }
        }
    }

    @Test func `merging is associative: a state that was stored and read back in between is the same`() async throws {
        var random = SeededGenerator(seed: Self.seed &+ 11)
        for _ in 0..<1_000 {
            let facts = (0..<Int.random(in: 2...12, using: &random)).map { _ in random.pick(Self.pool) }
            var stored = OrderState()
            await Task.yield()
            for fact in facts {
                stored = try OrderState(decoding: stored.encoded())
                stored.merge(fact)
            }
            #expect(stored.encoded() == merged(facts).encoded(), "seed \(Self.seed)")
        }
    }

    @Test func `merging is idempotent: a second time changes nothing but the count`() async throws {
        var random = SeededGenerator(seed: Self.seed &+ 12)
        for _ in 0..<1_000 {
            let facts = (0..<Int.random(in: 2...8, using: &random)).map { _ in random.pick(Self.pool) }
            let once = merged(facts)
            await Task.yield()
            var twice = merged(facts + facts.shuffled(using: &random))
            #expect(twice.version == once.version * 2)
            twice.version = once.version
            #expect(twice.encoded() == once.encoded(), "seed \(Self.seed)")
        }
    }

    @Test func `a long storm ends in one state`() async throws {
        var random = SeededGenerator(seed: Self.seed &+ 13)
        let expected = merged(Self.pool).encoded()
        for _ in 0..<10 {
            await Task.yield()
            #expect(merged(Self.pool.shuffled(using: &random)).encoded() == expected, "seed \(Self.seed)")
        }
    }

    @Test func `the projection of every state is defined`() {
        var state = OrderState()
        for fact in Self.pool {
            state.merge(fact)
            let projection = OrderProjection(state, policy: BookingPolicy())
            #expect(projection.bookability.isBookable == projection.bookability.whyNot.isEmpty)
        }
    }

    private func merged(_ facts: [DecodedFact]) -> OrderState {
        var state = OrderState()
        for fact in facts { state.merge(fact) }
        return state
    }
}
