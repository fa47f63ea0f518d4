import Foundation
import TestSeed

@testable import Orders

/// Bodies as real senders write them, varied so that most of them collide with others in time, id or content.
struct FactGenerator {
    private var random: SeededGenerator
    private var lastOrder: StoredFact?
    private let order = Fixture.text("shopify/orders-create")
    private let shipped = Fixture.text("shopify/orders-fulfilled")
    private let fulfillment = Fixture.text("shopify/fulfillments-create")
    private let refund = Fixture.text("shopify/refunds-create")
    private let transaction = Fixture.text("shopify/order_transactions-create")

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// One random fact about the one order.
    mutating func fact() -> StoredFact {
        switch Int.random(in: 0..<24, using: &random) {
        case 0..<8: return orderFact()
        case 8: return stored(random.pick(Self.orderTopics), tinyBody())
        case 9, 10: return stored("refunds/create", refundBody())
        case 11: return stored("order_transactions/create", transactionBody())
        case 12..<15: return stored(random.pick(["fulfillments/create", "fulfillments/update"]), fulfillmentBody())
        case 15: return stored("fulfillment_events/create", fulfillmentEventBody())
        case 16, 17: return stored("native", nativeCallback(), source: IncomingEvent.courierSource)
        case 18: return stored("bosta", bostaCallback(), source: IncomingEvent.courierSource)
        case 19: return stored(random.pick(["fulfillment_holds/added", "fulfillment_holds/released"]), holdBody())
        case 20, 21: return stored("console/edit", editBody(), source: "console")
        case 22: return stored(random.pick(["disputes/create", "orders/edited", "moon/landed"]), #"{"id":1,"order_id":2}"#)
        default:
            let topics = random.chance(3) ? ["orders/delete", "customers/redact"] : ["orders/updated"]
            return stored(random.pick(topics), tinyBody())
        }
    }

    /// Now and then the body of the last one under another topic, or delivered at another time.
    private mutating func orderFact() -> StoredFact {
        let topic = random.pick(Self.orderTopics)
        if let lastOrder, random.chance(4) {
            let triggeredAt = random.chance(2) ? lastOrder.triggeredAt : Instant(iso8601: time())
            let body = String(decoding: lastOrder.body, as: UTF8.self)
            return Facts.stored(topic, body, triggeredAt: triggeredAt, receivedAt: lastOrder.receivedAt)
        }
        let fact = stored(topic, orderBody())
        lastOrder = fact
        return fact
    }

    private static let orderTopics = [
        "orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled", "orders/partially_fulfilled",
    ]

    private mutating func stored(_ topic: String, _ body: String, source: String = "shopify") -> StoredFact {
        let triggered = random.chance(3) ? nil : Instant(iso8601: time())
        return Facts.stored(topic, body, source: source, triggeredAt: triggered, receivedAt: Instant(iso8601: time()) ?? .epoch)
    }

    /// Few distinct seconds, in two time zones: ties are the rule.
    private mutating func time() -> String {
        let second = Int.random(in: 0..<4, using: &random)
        return random.chance(2) ? "2026-01-18T19:00:0\(second)+02:00" : "2026-01-18T17:00:0\(second)Z"
    }

    private mutating func orderBody() -> String {
        let statuses = [
            "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "expired", "cancelled",
            "of_the_moon",
        ]
        var body = random.chance(4) ? shipped : order
        body = body.replacingOccurrences(
            of: #"(?m)^ "financial_status": "[a-z_]+""#,
            with: #" "financial_status": "\#(random.pick(statuses))""#,
            options: .regularExpression
        )
        body = body.replacingOccurrences(
            of: #"(?m)^ "updated_at": "[^"]+""#,
            with: #" "updated_at": "\#(time())""#,
            options: .regularExpression
        )
        let total = Int.random(in: 10..<300, using: &random)
        body = body.replacingOccurrences(of: #" "total_price": "960.00""#, with: #" "total_price": "\#(total).50""#)
        if random.chance(3) {
            let fulfillment = random.pick(["\"partial\"", "\"fulfilled\"", "\"restocked\"", "\"beamed\"", "null"])
            body = body.replacingOccurrences(
                of: #" "fulfillment_status": null,"#,
                with: #" "fulfillment_status": \#(fulfillment),"#
            )
        }
        if random.chance(3) {
            body = body.replacingOccurrences(of: #" "cancelled_at": null"#, with: #" "cancelled_at": "\#(time())""#)
            let reason = random.pick(["customer", "fraud", "inventory"])
            body = body.replacingOccurrences(of: #" "cancel_reason": null"#, with: #" "cancel_reason": "\#(reason)""#)
        }
        if random.chance(3) { body = body.replacingOccurrences(of: "Floor 3, Apt 7", with: "Floor \(total), caf\u{65}\u{301}") }
        if random.chance(4) {
            body = body.replacingOccurrences(of: #""fulfillable_quantity": 1"#, with: #""fulfillable_quantity": 0"#)
        }
        if random.chance(3) { body = body.replacingOccurrences(of: #" "refunds": []"#, with: " \"refunds\": [\(refundBody())]") }
        if random.chance(4) {
            let list = " \"transactions\": [\(transactionBody())], \"refunds\": ["
            body = body.replacingOccurrences(of: #" "refunds": ["#, with: list)
        }
        if random.chance(2) {
            let parcels = (0..<Int.random(in: 1...3, using: &random)).map { _ in fulfillmentBody() }.joined(separator: ",")
            body = body.replacingOccurrences(of: #" "fulfillments": []"#, with: " \"fulfillments\": [\(parcels)]")
        }
        return body
    }

    private mutating func tinyBody() -> String {
        let status = random.pick(["paid", "pending", "cancelled", "voided"])
        let updatedAt = random.chance(2) ? "" : #","updated_at":"\#(time())""#
        return #"{"id":"1","financial_status":"\#(status)","total_price":"\#(random.pick([10, 75, 150])).00"\#(updatedAt)}"#
    }

    private mutating func refundBody() -> String {
        refund.replacingOccurrences(of: "940055667788", with: "94\(Int.random(in: 0..<3, using: &random))")
            .replacingOccurrences(of: "2026-01-21T12:00:00+02:00", with: time())
            .replacingOccurrences(of: #""amount": "420.00""#, with: #""amount": "\#(random.pick([20, 420])).00""#)
    }

    private mutating func transactionBody() -> String {
        transaction.replacingOccurrences(of: "7100998800", with: random.pick(["7100998800", "7100998877"]))
            .replacingOccurrences(of: "2026-01-18T19:00:08+02:00", with: time())
            .replacingOccurrences(of: #""status": "success""#, with: #""status": "\#(random.pick(["success", "failure"]))""#)
    }

    private mutating func fulfillmentBody() -> String {
        let parcel = Int.random(in: 0..<3, using: &random)
        let status = random.pick(["null", "\"in_transit\"", "\"delivered\"", "\"confirmed\"", "\"teleported\""])
        return fulfillment.replacingOccurrences(of: "5700440055001", with: "57\(parcel)")
            .replacingOccurrences(of: "2026-01-19T09:30:12+02:00", with: time())
            .replacingOccurrences(of: "BST-88120431", with: "TRK-\(random.pick([parcel, parcel, 9]))")
            .replacingOccurrences(of: #""Bosta""#, with: random.pick([#""Bosta""#, #""native""#, "null"]))
            .replacingOccurrences(of: #""shipment_status": null"#, with: #""shipment_status": \#(status)"#)
            .replacingOccurrences(
                of: #""status": "success""#,
                with: #""status": "\#(random.pick(["success", "success", "cancelled"]))""#
            )
    }

    private mutating func fulfillmentEventBody() -> String {
        let status = random.pick(["out_for_delivery", "delivered", "attempted_delivery", "moonwalk"])
        let id = "57\(Int.random(in: 0..<4, using: &random))"
        return #"{"id":1,"fulfillment_id":\#(id),"status":"\#(status)","happened_at":"\#(time())","order_id":2}"#
    }

    private mutating func nativeCallback() -> String {
        let status = random.pick(["fulfilling", "shipped", "delivered", "held_by_alien"])
        let number = "TRK-\(Int.random(in: 0..<4, using: &random))"
        return #"{"tracking_number":"\#(number)","status":"\#(status)","courier":"courier","timestamp":"\#(time())"}"#
    }

    private mutating func bostaCallback() -> String {
        let state = random.pick([10, 21, 24, 41, 45, 46, 47, 48, 104])
        let milliseconds = 1_768_755_600_000 + 1_000 * Int.random(in: 0..<4, using: &random)
        let (type, cash) = (random.pick(["SEND", "RTO"]), random.pick([0, 960]))
        return #"{"trackingNumber":"TRK-1","state":\#(state),"type":"\#(type)","cod":\#(cash),"timeStamp":\#(milliseconds)}"#
    }

    private mutating func holdBody() -> String {
        let id = "hold-\(Int.random(in: 0..<2, using: &random))"
        return #"{"fulfillment_order":{"id":7},"fulfillment_hold":{"id":"\#(id)","reason":"other"}}"#
    }

    private mutating func editBody() -> String {
        let values = [
            #""note":"call \#(Int.random(in: 0..<3, using: &random))""#,
            #""status":"\#(random.pick(["SHIPPED", "CANCELLED", "MARS"]))""#,
            #""courier":"native","tracking_number":"TRK-\#(Int.random(in: 7..<9, using: &random))""#,
            #""shipping_address":{"city":"Giza","zip":"\#(Int.random(in: 0..<3, using: &random))"}"#, #""status":null"#,
            #""hold":\#(random.pick(["true", "false"]))"#,
        ]
        let editor = random.pick(["ana", "caf\u{E9}", "cafe\u{301}"])
        let (id, set) = (random.pick(["a", "b"]), random.pick(values))
        return #"{"edit_id":"\#(id)","editor":"\#(editor)","edited_at":"\#(time())","set":{\#(set)}}"#
    }
}
