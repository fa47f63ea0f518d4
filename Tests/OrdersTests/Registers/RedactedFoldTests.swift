import TestSeed
import Testing

@testable import Orders

/// An order whose events are gone loses its personal data in place, any other is folded anew from bodies without it.
@Suite struct RedactedFoldTests {
    private static let seed = TestSeed.value

    @Test func `registers that are redacted in place are what a fold over facts without personal data gives`() async throws {
        var generator = FactGenerator(seed: Self.seed &+ 21)
        var random = SeededGenerator(seed: Self.seed &+ 22)
        for _ in 0..<60 {
            let facts = (0..<Int.random(in: 1...8, using: &random)).map { _ in generator.fact() }
            await Task.yield()
            var inPlace = OrderState()
            var anew = OrderState()
            anew.redact()
            for fact in facts {
                inPlace.merge(try DecodedFact(fact, statuses: .standard))
                anew.merge(try DecodedFact(fact.scrubbed, statuses: .standard))
            }
            inPlace.redact()
            #expect(Self.ties(inPlace) == Self.ties(anew), "seed \(Self.seed)")
            #expect(Self.untied(inPlace).encoded() == Self.untied(anew).encoded(), "seed \(Self.seed)")
            let text = String(decoding: inPlace.encoded(), as: UTF8.self)
            for personal in ["Mariam", "mariam", "201000000017", "Nasr", "Giza", "call "] {
                #expect(!text.contains(personal), "seed \(Self.seed)")
            }
        }
    }

    /// Without the registers whose entries may be told apart by a digest over personal data when all else is equal.
    private static func untied(_ state: OrderState) -> OrderState {
        var state = state
        (state.refunds, state.transactions, state.fulfillments) = (LatestByID(), LatestByID(), LatestByID())
        return state
    }

    /// What those registers must agree on.
    private static func ties(_ state: OrderState) -> [String] {
        state.refunds.entries.map { "\($0.id.text) \($0.key.at)" }
            + state.transactions.entries.map { "\($0.id.text) \($0.key.at)" }
            + state.fulfillments.entries.map { "\($0.id.text) \($0.key.updatedAt) \($0.key.triggeredAt)" }
    }
}
