import Testing

@testable import HTTPServing

@Suite struct WriterRoundTests {
    private final class Pending: PendingCommit {
        let bytes = 3

        func refuse(_ refusal: CoalescerRefusal) {}
    }

    @Test func `a round is as large as the bodies of its parts`() {
        var round = WriterRound<Pending, Int>()
        let first = Pending()
        #expect(round.take(Batch(requests: [first], awaited: 1)).first === first)
        _ = round.take(Batch(requests: [Pending(), Pending()], awaited: 0))
        #expect(round.requests.count == 3)
        #expect(round.bytes == 9)
    }
}
