import Testing

@testable import Orders

/// One test per way of winning and losing.
@Suite struct ExplanationTests {
    private static func order(_ second: Int, _ status: String, _ more: String = "") -> String {
        #"{"id":1,"updated_at":"2026-01-18T17:00:0\#(second)Z","financial_status":"\#(status)"\#(more)}"#
    }

    private func loss(_ explanation: Explanation, _ field: String) -> String? { explanation[field]?.lost.first?.why }

    @Test func `the newest snapshot sets a field, and an older one says by how much it lost`() {
        let events = Accounts.accounts(("orders/paid", Self.order(5, "paid")), ("orders/create", Self.order(1, "pending")))
        let field = Accounts.explanation(of: events)["financial_status"]
        #expect(field?.value == .text("paid"))
        #expect(field?.setBy?.event.id == events[0].id)
        #expect(field?.setBy?.event.topic == "orders/paid")
        #expect(field?.lost.map(\.event.id) == [events[1].id])
        #expect(field?.lost.first?.said == .text("pending"))
        let why = "older: updated_at 2026-01-18T17:00:01Z loses against 2026-01-18T17:00:05Z"
        #expect(field?.lost.first?.why == why)
    }

    @Test func `the part of the key that decides a tie is named`() {
        let status = Accounts.explanation(
            of: Accounts.accounts(("orders/paid", Self.order(1, "paid")), ("orders/create", Self.order(1, "pending")))
        )
        #expect(
            loss(status, "financial_status")
                == "same updated_at, triggered_at, cancelled: financial rank 0 loses against 3"
        )
        let body = Accounts.explanation(
            of: Accounts.accounts(
                ("orders/updated", Self.order(1, "paid")),
                ("orders/updated", Self.order(1, "paid", #","note":"x""#))
            )
        )
        #expect(loss(body, "financial_status")?.contains("fulfillment rank: body hash ") == true)
        let topic = Accounts.explanation(
            of: Accounts.accounts(("orders/create", Self.order(1, "paid")), ("orders/paid", Self.order(1, "paid")))
        )
        #expect(loss(topic, "financial_status")?.hasSuffix("topic orders/create loses against orders/paid") == true)
    }

    @Test func `the same body under another webhook id says what the first one said`() {
        let fact = Facts.stored("orders/paid", Self.order(1, "paid"))
        let events = [
            EventAccount(id: Accounts.id(1), fact: fact, receivedAt: Facts.noon.advanced(byMicroseconds: 1)),
            EventAccount(id: Accounts.id(0), fact: fact, receivedAt: Facts.noon),
        ]
        let field = Accounts.explanation(of: events)["financial_status"]
        #expect(field?.setBy?.event.id == Accounts.id(0))
        #expect(field?.lost.map(\.why) == ["says what \(Accounts.id(0)) said before"])
    }

    @Test func `an operator outweighs the source, and hands the field back`() {
        let order = ("orders/paid", Self.order(1, "paid", #","note":"ring twice""#))
        let edit = ("console/edit", #"{"edit_id":"a","editor":"ana","edited_at":"2026-01-18T18:00:00Z","set":{"note":"call"}}"#)
        let back = ("console/edit", #"{"edit_id":"b","editor":"ana","edited_at":"2026-01-18T19:00:00Z","set":{"note":null}}"#)
        let edited = Accounts.explanation(of: Accounts.accounts(order, edit))["note"]
        #expect(edited?.value == .text("call"))
        #expect(edited?.lost.map(\.why) == ["an operator's edit outweighs the source"])
        let handedBack = Accounts.explanation(of: Accounts.accounts(order, edit, back))["note"]
        #expect(handedBack?.value == .text("ring twice"))
        #expect(handedBack?.lost.first?.why == "the operator handed the field back to its source")
        #expect(handedBack?.lostCount == 2)
    }

    @Test func `what is redacted has no value, and names who asked`() {
        let order = ("orders/paid", Self.order(1, "paid", #","note":"ring twice""#))
        let events = Accounts.accounts(order, ("customers/redact", "{}"))
        let explanation = Accounts.explanation(of: events)
        #expect(explanation["note"]?.value == nil)
        #expect(explanation["note"]?.setBy?.event.id == events[1].id)
        #expect(explanation["note"]?.lost.map(\.why) == ["redacted: personal data is removed on request"])
        #expect(!String(decoding: explanation.json, as: UTF8.self).contains("ring twice"))
    }

    @Test func `a parcel names the scan that counts, and what late and early scans were`() {
        func scan(_ status: String, _ hour: Int) -> (String, String) {
            (
                "fulfillment_events/create",
                #"{"id":\#(hour),"fulfillment_id":7,"status":"\#(status)","happened_at":"2026-01-18T\#(hour):00:00Z","order_id":1}"#
            )
        }
        let events = Accounts.accounts(
            scan("in_transit", 20),
            scan("delivered", 18),
            scan("out_for_delivery", 16),
            scan("moonwalk", 15)
        )
        let explanation = Accounts.explanation(of: events)
        let parcel = explanation["shipment of fulfillment 7"]
        #expect(parcel?.value == .text("delivered"))
        #expect(parcel?.setBy?.event.id == events[1].id)
        #expect(
            parcel?.lost.map(\.why) == [
                "a late scan: the parcel was delivered before",
                "an earlier scan: out_for_delivery at 2026-01-18T16:00:00Z", "nobody has mapped \"moonwalk\"",
            ]
        )
        #expect(explanation.asides.map(\.status) == ["unmapped"])
        #expect(explanation["order_status"]?.setBy?.reason == "every parcel is delivered")
        #expect(explanation["order_status"]?.setBy?.event.id == events[1].id)
    }

    @Test func `what waits, is parked, has failed, or concerns nobody is set aside`() {
        let fact = Facts.stored("orders/paid", Self.order(1, "paid"))
        let events = [
            Accounts.account(fact, 0, end: .waiting),
            Accounts.account(Facts.stored("native", "{}", source: "courier"), 1, end: .parked, reason: "it waits"),
            Accounts.account(Facts.stored("orders/paid", "[]"), 2, end: .failed, reason: "no object"),
            Accounts.account(Facts.stored("moon/landed", "{}"), 3),
            Accounts.account(Facts.stored("orders/edited", "{}"), 4, flags: ["identity_conflict"]),
        ]
        let explanation = Accounts.explanation(of: events)
        let statuses = Set(explanation.asides.map(\.status))
        #expect(statuses == ["waiting", "parked", "failed", "unmapped", "counted", "identity_conflict"])
        #expect(explanation["financial_status"] == nil)
        #expect(explanation.counts.byEnd == [.merged: 2, .waiting: 1, .parked: 1, .failed: 1])
    }

    @Test func `ten thousand losers are counted, and the newest are named`() {
        var builder = ExplanationBuilder(
            Accounts.state(of: Accounts.accounts(("orders/paid", Self.order(9, "paid")))),
            isScrubbed: false,
            statuses: .standard
        )
        for number in 0..<10_000 {
            let body = #"{"id":1,"updated_at":"2026-01-17T17:00:00.\#(100_000 + number)Z","financial_status":"pending"}"#
            builder.add(Accounts.account(Facts.stored("orders/updated", body), number))
        }
        let field = builder.explanation(booking: BookingContext())["financial_status"]
        #expect(field?.lostCount == 10_000)
        #expect(field?.lost.count == Explanation.namedEvents)
        #expect(field?.lost.first?.event.id == Accounts.id(9_999))
    }

    @Test func `the JSON is one document with every part`() throws {
        let explanation = Accounts.explanation(
            of: Accounts.accounts(("orders/paid", Self.order(5, "paid")), ("orders/create", Self.order(1, "pending")))
        )
        let root = try JSONDocument(parsing: explanation.json).root
        let field = try #require(root.elements("fields").first { $0.text("field") == "financial_status" })
        #expect(field.text("value") == "paid")
        #expect(field["setBy"]?.text("topic") == "orders/paid")
        #expect(field.elements("lost").first?.text("topic") == "orders/create")
        #expect(root["booking"]?.elements("reasons").isEmpty == false)
        #expect(root["events"]?.integer("total") == 2)
    }
}
