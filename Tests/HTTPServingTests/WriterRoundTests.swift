import Testing

@testable import HTTPServing

@Suite struct WriterRoundTests {
    private final class Pending: PendingCommit {
        let bytes = 3

        func refuse(_ refusal: CoalescerRefusal) {}
    }

    private static func round(_ outcomes: [CommitResult<Int>]) -> WriterRound<Pending, Int> {
        var round = WriterRound<Pending, Int>()
        round.take(Batch(requests: outcomes.map { _ in Pending() }, awaited: 1))
        round.outcomes = outcomes
        return round
    }

    /// Whoever was committed before it would be answered without being on disk.
    @Test func `a last part of which nothing was stored has flushed nothing`() {
        #expect(Self.round([.success(1)]).isUnflushed(after: [.failure(.unstorable)]))
        #expect(Self.round([.success(1)]).isUnflushed(after: []))
    }

    @Test func `a last part of which anything was stored has flushed all before it`() {
        #expect(!Self.round([.success(1)]).isUnflushed(after: [.failure(.unstorable), .success(2)]))
    }

    @Test func `a round of one part has nothing else to flush`() {
        #expect(!Self.round([]).isUnflushed(after: [.failure(.unstorable)]))
    }

    @Test func `a round is as large as its bodies`() {
        #expect(Self.round([.success(1), .success(2)]).bytes == 6)
    }
}
