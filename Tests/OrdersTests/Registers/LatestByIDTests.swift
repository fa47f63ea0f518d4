import TestSeed
import Testing

@testable import Orders

@Suite struct LatestByIDTests {
    private func hold(_ id: ExactText, at hours: Int64) -> Hold {
        Hold(id: id, key: Hold.Key(at: hour(hours), released: false, bodyHash: Digest(of: [])), reason: nil)
    }

    @Test func `two spellings of one letter are two ids`() {
        var register = LatestByID<Hold>()
        register.join(hold("caf\u{E9}", at: 1))
        register.join(hold("cafe\u{301}", at: 1))
        #expect(register.entries.count == 2)
    }

    @Test func `beyond the limit the smallest entries are forgotten, whatever came first`() {
        let holds = (0..<Int64(LatestByID<Hold>.limit + 40)).map { hold(ExactText("\($0)"), at: $0 / 3) }
        var random = SeededGenerator(seed: 1)
        let expected = LatestByID(holds)
        #expect(expected.entries.count == LatestByID<Hold>.limit)
        #expect(expected["0"] == nil)
        for _ in 0..<10 {
            let twice = holds.shuffled(using: &random) + holds.shuffled(using: &random)
            #expect(LatestByID(twice) == expected)
        }
    }

    @Test func `the newest payment entries are kept, whatever came first`() {
        let entries = (0..<50).map { second in
            PaymentHistory.Entry(
                status: second % 2 == 0 ? .paid : .pending,
                updatedAt: hour(Int64(second) / 3),
                triggeredAt: .epoch,
                cancelled: false,
                fulfillmentRank: 0
            )
        }
        var random = SeededGenerator(seed: 2)
        let expected = PaymentHistory(entries)
        for _ in 0..<10 { #expect(PaymentHistory(entries.shuffled(using: &random)) == expected) }
        #expect(expected.entries.count == PaymentHistory.limit)
    }
}
