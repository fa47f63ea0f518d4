import Foundation
import Testing

@testable import Orders

/// The registers of one order, one by one.
@Suite struct RegisterTests {
    @Test func `the snapshot with the greater updated_at wins, whatever came first`() throws {
        let older = ("orders/create", #"{"id":1,"financial_status":"paid","updated_at":"2026-01-18T19:00:00+02:00"}"#)
        let newer = ("orders/updated", #"{"id":1,"financial_status":"pending","updated_at":"2026-01-18T17:00:01Z"}"#)
        for facts in [[older, newer], [newer, older]] {
            let state = try Facts.state(facts[0], facts[1])
            #expect(state.snapshot?.financialStatus == .pending)
            #expect(state.version == 2)
        }
    }

    struct Tie: Sendable {
        let loser: String
        let winner: String
    }

    @Test(arguments: [
        Tie(loser: #""financial_status":"pending""#, winner: #""financial_status":"authorized""#),
        Tie(loser: #""financial_status":"authorized""#, winner: #""financial_status":"partially_paid""#),
        Tie(loser: #""financial_status":"partially_paid""#, winner: #""financial_status":"paid""#),
        Tie(loser: #""financial_status":"paid""#, winner: #""financial_status":"partially_refunded""#),
        Tie(loser: #""financial_status":"partially_refunded""#, winner: #""financial_status":"refunded""#),
        Tie(loser: #""financial_status":"martian""#, winner: #""financial_status":"pending""#),
        Tie(loser: #""fulfillment_status":null"#, winner: #""fulfillment_status":"partial""#),
        Tie(loser: #""fulfillment_status":"partial""#, winner: #""fulfillment_status":"fulfilled""#),
        Tie(loser: #""fulfillment_status":"fulfilled""#, winner: #""fulfillment_status":"restocked""#),
        Tie(
            loser: #""financial_status":"refunded""#,
            winner: #""financial_status":"pending","cancelled_at":"2026-01-18T17:00:00Z""#
        ),
    ])
    func `in one second the cancelled wins, then the greater ranks`(tie: Tie) throws {
        let bodies = [tie.loser, tie.winner].map { #"{"id":1,"updated_at":"2026-01-18T17:00:00Z",\#($0)}"# }
        let forward = try Facts.state(("orders/updated", bodies[0]), ("orders/updated", bodies[1]))
        let backward = try Facts.state(("orders/updated", bodies[1]), ("orders/updated", bodies[0]))
        #expect(forward.encoded() == backward.encoded())
        #expect(forward.snapshot?.key.bodyHash == Digest(of: Array(bodies[1].utf8)))
    }

    @Test func `the trigger time comes before the ranks`() throws {
        let bodies = ["paid", "pending"].map { #"{"id":1,"updated_at":"2026-01-18T17:00:00Z","financial_status":"\#($0)"}"# }
        var state = OrderState()
        state.merge(try Facts.decoded("orders/updated", bodies[1], triggeredAt: Facts.noon))
        state.merge(try Facts.decoded("orders/updated", bodies[0]))
        #expect(state.snapshot?.financialStatus == .pending)
    }

    @Test func `without updated_at the trigger time counts, then the first receive time`() throws {
        let body = #"{"id":"1","financial_status":"paid","total_price":"150.00"}"#
        let triggered = Facts.instant("2026-01-18T11:00:00Z")
        var state = OrderState()
        state.merge(try Facts.decoded("orders/create", body, triggeredAt: triggered))
        #expect(state.snapshot?.key.updatedAt == triggered)
        #expect(state.snapshot?.timeSource == .triggeredAt)
        let untriggered = try Facts.state(("orders/create", body))
        #expect(untriggered.snapshot?.key.updatedAt == Facts.noon)
        #expect(untriggered.snapshot?.timeSource == .receivedAt)
        #expect(untriggered.isHydrated)
    }

    @Test func `a cancellation sticks and the earliest one names the reason`() throws {
        func body(_ second: Int, _ cancelledAt: String?, _ reason: String) -> String {
            let at = cancelledAt.map { "\"\($0)\"" } ?? "null"
            return #"{"id":1,"updated_at":"2026-01-18T17:00:0\#(second)Z","cancelled_at":\#(at),"cancel_reason":"\#(reason)"}"#
        }
        let state = try Facts.state(
            ("orders/cancelled", body(1, "2026-01-18T16:00:05Z", "fraud")),
            ("orders/updated", body(2, "2026-01-18T16:00:01Z", "customer")),
            ("orders/updated", body(3, nil, ""))
        )
        #expect(state.cancellation?.at == Facts.instant("2026-01-18T16:00:01Z"))
        #expect(state.cancellation?.reason == "customer")
        #expect(state.isCancelled)
    }

    @Test func `the old alias cancelled voids the payment and cancels the order`() throws {
        let body = #"{"id":1,"financial_status":"cancelled","updated_at":"2026-01-18T17:25:00.841Z"}"#
        let state = try Facts.state(("orders/updated", body))
        #expect(state.snapshot?.financialStatus == .voided)
        #expect(state.cancellation?.at == Facts.instant("2026-01-18T17:25:00.841Z"))
        let dated = try Facts.state(("orders/updated", Fixture.text("shopify/seedB.chaos-cancel")))
        #expect(dated.cancellation?.at == Facts.instant("2026-01-18T17:25:00.105Z"))
    }

    @Test func `a deletion is a flag and leaves a placeholder`() throws {
        let state = try Facts.state(("orders/delete", #"{"id":1}"#))
        #expect(state.deleted && !state.isHydrated)
    }

    @Test func `refunds of the topic and of the snapshot are one`() throws {
        let refund = Fixture.text("shopify/refunds-create")
        let order = #"{"id":1,"updated_at":"2026-01-22T00:00:00Z","refunds":[\#(refund)]}"#
        let state = try Facts.state(("refunds/create", refund), ("orders/updated", order))
        #expect(state.refunds.entries.count == 1)
        #expect(state.refunds["940055667788"]?.amount == Money("420.00"))
        #expect(state.transactions["7100998877"]?.kind == "refund")
    }

    @Test func `transactions of the topic and of the snapshot are one`() throws {
        let transaction =
            #"{"id":5,"order_id":1,"kind":"sale","status":"success","amount":"9.00","created_at":"2026-01-21T00:00:00Z"}"#
        let order = #"{"id":1,"updated_at":"2026-01-22T00:00:00Z","transactions":[\#(transaction),{"id":6,"kind":"capture"}]}"#
        let state = try Facts.state(("order_transactions/create", transaction), ("orders/updated", order))
        #expect(state.transactions.entries.count == 2)
        #expect(state.transactions["5"]?.amount == Money("9.00"))
        #expect(state.transactions["6"]?.kind == "capture")
    }

    @Test func `fulfillments are last writer wins, and every waybill they ever named stays claimed`() throws {
        let first = Fixture.text("shopify/fulfillments-create")
        let later = first.replacingOccurrences(of: "2026-01-19T09:30:12+02:00", with: "2026-01-19T09:30:13+02:00")
            .replacingOccurrences(of: "BST-88120431", with: "BST-2")
        for facts in [[first, later], [later, first]] {
            let state = try Facts.state(("fulfillments/create", facts[0]), ("fulfillments/update", facts[1]))
            #expect(state.fulfillments["5700440055001"]?.trackingNumbers.count == 1)
            #expect(state.fulfillments.entries.first?.waybills.first.map { state.claims.contains($0) } == true)
            #expect(state.claims.waybills.count == 2)
        }
    }

    @Test func `holds close whatever came first, and a later one opens them again`() throws {
        func hold(_ at: String) -> String { #"{"fulfillment_hold":{"id":"h","updated_at":"\#(at)"}}"# }
        let added = ("fulfillment_holds/added", hold("2026-01-18T17:00:00Z"))
        let released = ("fulfillment_holds/released", hold("2026-01-18T17:00:00Z"))
        #expect(try Facts.state(added, released).holds["h"]?.isOpen == false)
        #expect(try Facts.state(released, added).holds["h"]?.isOpen == false)
        let again = ("fulfillment_holds/added", hold("2026-01-18T18:00:00Z"))
        #expect(try Facts.state(again, released, added).holds["h"]?.isOpen == true)
    }

    @Test func `each field keeps its last editor`() throws {
        func edit(_ id: String, _ at: Int, _ set: String) -> (String, String) {
            ("console/edit", #"{"edit_id":"\#(id)","editor":"ana","edited_at":"2026-01-18T17:00:0\#(at)Z","set":{\#(set)}}"#)
        }
        let state = try Facts.state(
            edit("2", 2, #""note":"second""#),
            edit("1", 1, #""note":"first","status":"SHIPPED""#),
            edit("3", 2, #""status":null"#)
        )
        #expect(state.edits.text(of: .note) == "second")
        #expect(state.edits["status"]?.value == .leftToSource)
    }

    @Test func `redaction removes personal fields from before and after`() throws {
        let order = Fixture.text("shopify/orders-create")
        let redact = Fixture.text("shopify/customers-redact")
        let edit = #"{"edit_id":"1","editor":"ana","edited_at":"2026-01-18T17:00:00Z","set":{"note":"call Mariam"}}"#
        let before = try Facts.state(("orders/create", order), ("console/edit", edit), ("customers/redact", redact))
        let after = try Facts.state(("customers/redact", redact), ("console/edit", edit), ("orders/create", order))
        #expect(before.encoded() == after.encoded())
        let text = String(decoding: after.encoded(), as: UTF8.self)
        for personal in ["Mariam", "mariam", "201000000017", "Nasr"] { #expect(!text.contains(personal)) }
        #expect(after.snapshot?.name == "#1042")
    }

    @Test func `one body under two topics is two facts and one winner`() throws {
        let body = Fixture.text("shopify/orders-paid")
        let forward = try Facts.state(("orders/paid", body), ("orders/updated", body))
        let backward = try Facts.state(("orders/updated", body), ("orders/paid", body))
        #expect(forward.encoded() == backward.encoded())
        #expect(forward.version == 2)
    }
}
