import Orders
import Testing

@testable import ChaosKit

@Suite("A delivery check")
struct DeliveryCheckTests {
    private let deliveries: [Delivery]

    init() throws {
        var storm = Storm(shop: "a.myshopify.com", seed: 5)
        storm.webhooks = 40
        storm.orders = 10
        let signer = ShopifySigner(secret: "s")
        deliveries = try storm.deliveries().map { try Delivery($0, host: "h", signer: signer, at: .epoch) }
    }

    private var answered: [LoadResult.Outcome] { deliveries.map { _ in .answered(200) } }

    /// The database as it is when everything went well.
    private func perfect(_ expected: ExpectedDelivery) -> ObservedDelivery {
        var observed = ObservedDelivery()
        for id in expected.events.keys {
            observed.stored[id] = 1
            observed.audits[id] = ["processed"]
        }
        observed.orders = expected.orders.mapValues {
            .init(version: $0.version, stateHash: $0.stateHash, status: $0.status, paymentStatus: $0.paymentStatus)
        }
        observed.duplicateDeliveries = expected.repeatedDeliveries
        return observed
    }

    private func failures(_ check: DeliveryCheck) -> [String] {
        (check.delivery(statuses: ["processed", "discarded"]) + check.orders() + [check.duplicates()]).filter { !$0.holds }.map(
            \.claim
        )
    }

    @Test func `holds for a perfect run`() throws {
        let expected = try ExpectedDelivery(deliveries, answered)
        #expect(expected.events.count == 36)
        #expect(expected.repeatedDeliveries == 4)
        #expect(expected.orders.count == 10)
        #expect(failures(DeliveryCheck(expected: expected, observed: perfect(expected))) == [])
    }

    @Test func `finds a lost event, a doubled audit row and a failed one`() throws {
        let expected = try ExpectedDelivery(deliveries, answered)
        let id = try #require(expected.events.keys.first)
        var observed = perfect(expected)
        observed.stored[id] = nil
        #expect(failures(DeliveryCheck(expected: expected, observed: observed)).count == 1)
        observed = perfect(expected)
        observed.audits[id] = ["processed", "discarded"]
        #expect(failures(DeliveryCheck(expected: expected, observed: observed)).count == 1)
        observed.audits[id] = ["failed"]
        #expect(failures(DeliveryCheck(expected: expected, observed: observed)).count == 2)
    }

    @Test func `finds a wrong version, a wrong state and a missing order`() throws {
        let expected = try ExpectedDelivery(deliveries, answered)
        let id = try #require(expected.orders.keys.first)
        var observed = perfect(expected)
        observed.orders[id]?.version += 1
        #expect(failures(DeliveryCheck(expected: expected, observed: observed)).count == 1)
        observed = perfect(expected)
        observed.orders[id]?.stateHash = Digest(of: [1])
        #expect(failures(DeliveryCheck(expected: expected, observed: observed)).count == 1)
        observed.orders[id] = nil
        #expect(failures(DeliveryCheck(expected: expected, observed: observed)).count == 3)
    }

    @Test func `finds duplicates that were not recorded, and allows more of them after retries`() throws {
        let expected = try ExpectedDelivery(deliveries, answered)
        var check = DeliveryCheck(expected: expected, observed: perfect(expected))
        check.observed.duplicateDeliveries += 1
        #expect(!check.duplicates().holds)
        check.hadRetries = true
        #expect(check.duplicates().holds)
        check.observed.duplicateDeliveries = 0
        #expect(!check.duplicates().holds)
    }

    @Test func `does not compare orders with an unanswered webhook, and says so`() throws {
        var outcomes = answered
        outcomes[0] = .broken
        let expected = try ExpectedDelivery(deliveries, outcomes)
        #expect(expected.ordersInDoubt.count == 1)
        #expect(expected.orders.count == 9)
        #expect(failures(DeliveryCheck(expected: expected, observed: perfect(expected))) == ["no order is in doubt"])
    }

    @Test func `takes deliveries of known events for repetitions`() throws {
        let all = try ExpectedDelivery(deliveries, answered)
        let again = try ExpectedDelivery(deliveries, answered, known: Set(all.events.keys))
        #expect(again.repeatedDeliveries == deliveries.count)
    }
}
