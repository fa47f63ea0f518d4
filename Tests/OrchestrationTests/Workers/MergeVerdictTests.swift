import EventStore
import Orders
import Testing

@testable import Orchestration
@testable import Postgres

/// What becomes of an event that could not be merged by itself.
@Suite struct MergeVerdictTests {
    private static func attempt(_ number: Int32, isRing: Bool = false) -> MergeAttempt {
        MergeAttempt(number: number, isRing: isRing, maxAttempts: 3, firstWait: .seconds(1))
    }

    private static func refusal(_ sqlState: String) -> PostgresError {
        var error = PostgresError(.server, "refused")
        error.sqlState = sqlState
        return error
    }

    private static let illegible = StateError(field: "snapshot")

    @Test func `an event that fails is tried again, each time after twice the wait, and then quarantined`() {
        let refusal = Self.refusal("23514")
        let verdicts = (1...3 as ClosedRange<Int32>).map { Self.attempt($0).verdict(after: refusal) }
        #expect(
            verdicts == [.retry(after: .seconds(1)), .retry(after: .seconds(2)), .quarantine(reason: "\(refusal)")]
        )
    }

    @Test func `what was merged before is never quarantined, and rests ever longer, up to an hour`() {
        let waits = (1...40 as ClosedRange<Int32>).compactMap { number -> Duration? in
            guard case .retry(let wait)? = Self.attempt(number, isRing: true).verdict(after: Self.illegible) else { return nil }
            return wait
        }
        #expect(waits.count == 40)
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $1 == min($0 * 2, MergeVerdict.longestWait) })
        #expect(waits.last == MergeVerdict.longestWait)
    }

    @Test(arguments: [1, 3, 9] as [Int32])
    func `a lock or a slow server is held against no event, and leaves its subject alone`(number: Int32) {
        for isRing in [true, false] {
            let attempt = Self.attempt(number, isRing: isRing)
            #expect(attempt.verdict(after: Self.refusal("55P03")) == .leaveSubject(for: MergeVerdict.lockedRest))
            #expect(attempt.verdict(after: Self.refusal("57014")) == .leaveSubject(for: MergeVerdict.longRest))
        }
    }

    @Test func `an outage, and a schema that does not fit, say nothing about an event`() {
        for error in [PostgresError(.connectionLost, ""), Self.refusal("53100"), Self.refusal("42P01")] {
            #expect(Self.attempt(3).verdict(after: error) == nil)
            #expect(!MergeVerdict.isOfTheBatch(error))
        }
    }

    @Test func `a body that cannot be read is quarantined at once`() throws {
        let incoming = try IncomingEvent.shopify(
            ShopifyHeaders(topic: "orders/paid", shopDomain: "a.example", webhookID: "1", triggeredAt: nil),
            body: Array(#"{"id":1}"#.utf8),
            receivedAt: .epoch,
            defaultShop: "a.example"
        )
        let event = UnappliedEvent(
            StoredEvent(incoming),
            rings: 1,
            isAudited: false,
            isKnownFact: false,
            usedTriggeredAt: nil,
            usedReceivedAt: nil,
            hasIdentityConflict: false
        )
        let poison = BatchMerge.UnreadableEvent(event: event, reason: "no JSON")
        #expect(Self.attempt(1).verdict(after: poison) == .quarantine(reason: "no JSON"))
    }

    @Test func `an event whose attempts are used up is not tried again, unless it only rings`() {
        #expect(Self.attempt(3).verdictBefore(lastError: nil) == nil)
        #expect(Self.attempt(4).verdictBefore(lastError: nil) == .quarantine(reason: "its worker ended in every attempt"))
        #expect(Self.attempt(4).verdictBefore(lastError: "no") == .quarantine(reason: "no"))
        #expect(Self.attempt(4, isRing: true).verdictBefore(lastError: "no") == nil)
    }
}
