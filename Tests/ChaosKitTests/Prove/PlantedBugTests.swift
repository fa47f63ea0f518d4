import Orders
import Testing

@testable import ChaosKit

/// A checker that finds nothing proves nothing: each bug here is planted in what the checkers see, and each must be found.
@Suite("The checkers of a proof find a planted bug")
struct PlantedBugTests {
    /// Folds the distinct facts of one order, in the order in which they came.
    private typealias Merge = ([StoredFact]) throws -> OrderState

    private let set: EventSet
    private let plan: ArrivalPlan
    private let deliveries: [Delivery]

    init() throws {
        // Callbacks and redactions concern several subjects; one merge function sees one.
        var set = GeneratedEvents(orders: 2, seed: 11).set()
        set.drafts.removeAll { draft in
            guard case .webhook(let webhook) = draft else { return true }
            return webhook.topic == "customers/redact"
        }
        self.set = set
        plan = try ArrivalPlan(set, arrivalOrders: 30, seed: 4)
        deliveries = try plan.deliveries(host: "h", secret: "s", at: .epoch)
    }

    private static func goodMerge(_ facts: [StoredFact]) throws -> OrderState {
        var state = OrderState()
        for fact in facts { state.merge(try DecodedFact(fact, statuses: .standard)) }
        return state
    }

    /// Keeps the whole-order body that came last, as a table that is overwritten does.
    private static func lastOneWins(_ facts: [StoredFact]) throws -> OrderState {
        let snapshots = facts.indices.filter { FactTopic(source: facts[$0].source, topic: facts[$0].topic) == .order }
        return try goodMerge(facts.indices.filter { !snapshots.dropLast().contains($0) }.map { facts[$0] })
    }

    /// What a system with this merge would leave in its database.
    private func outcome(_ merge: Merge) throws -> ObservedDelivery {
        var observed = ObservedDelivery()
        var facts: [OrderID: [StoredFact]] = [:]
        for event in deliveries.flatMap(\.events) {
            guard case .order(let id) = event.subject else { continue }
            if observed.stored.updateValue(1, forKey: event.id) != nil { observed.duplicateDeliveries += 1 }
            observed.audits[event.id] = ["processed"]
            var own = facts[id] ?? []
            if let index = own.firstIndex(where: { $0.fact == event.fact }) {
                own[index] = Self.fact(event, known: own[index])
            } else {
                own.append(Self.fact(event, known: nil))
            }
            facts[id] = own
        }
        for (id, facts) in facts {
            let state = try merge(facts)
            let projection = OrderProjection(state, policy: BookingPolicy())
            observed.orders[id] = .init(
                version: state.version,
                stateHash: Digest(of: state.encoded()),
                status: projection.status.rawValue,
                paymentStatus: projection.paymentStatus.rawValue,
                columns: "\(projection.status) \(projection.paymentStatus) \(state.version)"
            )
        }
        return observed
    }

    private static func fact(_ event: IncomingEvent, known: StoredFact?) -> StoredFact {
        StoredFact(
            source: event.source,
            topic: event.topic,
            fact: event.fact,
            bodyHash: event.bodyHash,
            triggeredAt: [event.triggeredAt, known?.triggeredAt].compactMap(\.self).min(),
            receivedAt: event.receivedAt,
            body: event.body
        )
    }

    private func broken(_ observed: ObservedDelivery) throws -> [String] {
        let expected = try ExpectedDelivery(deliveries, deliveries.map { _ in .answered(200) })
        let check = DeliveryCheck(expected: expected, observed: observed)
        let arrivals = try ArrivalCheck(
            set,
            plan,
            observed: observed.orders,
            expected: expected.orders,
            booking: false
        )
        let statuses: Set = ["processed", "discarded"]
        return (check.delivery(statuses: statuses) + check.orders() + [check.duplicates()] + arrivals.assertions)
            .filter { !$0.holds }.map(\.claim)
    }

    @Test func `and none where there is none`() throws {
        #expect(try broken(outcome(Self.goodMerge)) == [])
        #expect(plan.distinctOrders == 30)
    }

    @Test func `a lost event`() throws {
        var observed = try outcome(Self.goodMerge)
        let lost = try #require(observed.stored.keys.min())
        observed.stored[lost] = nil
        observed.audits[lost] = nil
        #expect(
            try broken(observed) == [
                "every accepted webhook is in event_store exactly once", "every accepted webhook has exactly one audit row",
            ]
        )
    }

    @Test func `an event that is stored, or takes effect, twice`() throws {
        var observed = try outcome(Self.goodMerge)
        let doubled = try #require(observed.stored.keys.min())
        observed.stored[doubled] = 2
        observed.audits[doubled] = ["processed", "processed"]
        #expect(try broken(observed).count == 2)

        let twice = try outcome { facts in try Self.goodMerge(facts + facts.prefix(1)) }
        #expect(try broken(twice).contains("every order's version counts its distinct facts"))
    }

    @Test func `a merge that depends on the order of arrival`() throws {
        let claims = try broken(outcome(Self.lastOneWins))
        #expect(claims.contains("one state hash in every arrival order"))
        #expect(claims.contains("that state hash is the one of the pure fold"))
        #expect(claims.contains("every order is in the one state that its facts give in any order"))
    }

    @Test func `one arrival order of many that came out otherwise`() throws {
        var observed = try outcome(Self.goodMerge)
        let id = try #require(observed.orders.keys.min())
        observed.orders[id]?.stateHash = Digest(of: [])
        #expect(try broken(observed).contains("one state hash in every arrival order"))
        observed = try outcome(Self.goodMerge)
        observed.orders[id]?.columns = "otherwise"
        #expect(try broken(observed) == ["what everybody sees of the orders is the same in every arrival order"])
    }

    @Test func `a call too many in a window, and a second label`() {
        let call = SandboxCall(operation: .orderUpdate, subject: "1", key: "k")
        let limit = CallLimit(scope: "shopify", calls: 2, window: .seconds(1))
        var watch = WindowWatch(limit: limit)
        let start = ContinuousClock.now
        for milliseconds in [0, 500, 1_000, 1_500] { watch.add(call, at: start + .milliseconds(milliseconds)) }
        #expect(watch.assertion.holds)
        watch.add(call, at: start + .milliseconds(1_900))
        #expect(!watch.assertion.holds)
    }

    @Test func `an answer that no sender should see, and a request that nobody answered`() {
        let start = ContinuousClock.now
        let silence = start...(start + .seconds(2))
        func failures(_ kind: LoadIncident.Kind, after: Duration) -> Int {
            AnswerCheck(incidents: [LoadIncident(kind, at: start + after)], silences: [silence]).assertions.count { !$0.holds }
        }
        #expect(failures(.answered(status: 503, isClean: true), after: .seconds(9)) == 0)
        #expect(failures(.answered(status: 503, isClean: false), after: .seconds(1)) == 1)
        #expect(failures(.answered(status: 500, isClean: false), after: .seconds(1)) == 1)
        #expect(failures(.answered(status: 401, isClean: false), after: .seconds(1)) == 1)
        #expect(failures(.broken, after: .seconds(1)) == 0)
        #expect(failures(.broken, after: .seconds(5)) == 1)
        #expect(failures(.late, after: .seconds(7)) == 0)
        #expect(failures(.late, after: .seconds(9)) == 1)
    }

    @Test func `a recovery beyond its bound`() {
        var record = FaultRecord(
            kind: .redisFlush,
            detail: "",
            start: .zero,
            held: .zero,
            recovery: .seconds(5),
            metLoad: true
        )
        #expect(record.isWithinBound)
        record.recovery = .seconds(7)
        #expect(!record.isWithinBound)
        record.slack = 2
        #expect(record.isWithinBound)
        record.recovery = .seconds(12)
        #expect(!record.isWithinBound)
        record.recovery = nil
        #expect(!record.isWithinBound)
    }
}
