import Testing

@testable import Orders

/// What people read in the audit.
@Suite struct MergeOutcomeTests {
    @Test func `a newer snapshot says what it changed`() throws {
        var state = try Facts.state(("orders/create", Fixture.text("shopify/orders-create")))
        let outcome = state.merge(try Facts.decoded("orders/paid", Fixture.text("shopify/orders-paid")))
        #expect(outcome == .processed("financial status pending → paid"))
    }

    @Test func `the first snapshot says what it is`() throws {
        var state = OrderState()
        let outcome = state.merge(try Facts.decoded("orders/create", Fixture.text("shopify/seedA.minimal-create")))
        #expect(outcome == .processed("first snapshot, financial status paid, total 150.00"))
    }

    @Test func `an older snapshot names its winner`() throws {
        var state = try Facts.state(("orders/paid", Fixture.text("shopify/orders-paid")))
        let outcome = state.merge(try Facts.decoded("orders/create", Fixture.text("shopify/orders-create")))
        #expect(
            outcome == .discarded("superseded: a newer snapshot of 2026-01-18T17:00:09Z (orders/paid) is already merged")
        )
    }

    @Test func `an unmapped topic and an unmapped status are said to be so, and are counted`() throws {
        var state = OrderState()
        #expect(state.merge(try Facts.decoded("moon/landed", "{}")) == .unmapped("the topic moon/landed is not mapped"))
        let event = #"{"fulfillment_id":1,"status":"teleported","happened_at":"2026-01-18T17:00:00Z"}"#
        let outcome = state.merge(try Facts.decoded("fulfillment_events/create", event))
        #expect(outcome == .unmapped("the status \"teleported\" of fulfillment 1 is not mapped"))
        #expect(state.version == 2)
    }

    @Test func `disputes are counted and change no field`() throws {
        var state = OrderState()
        let outcome = state.merge(try Facts.decoded("disputes/create", Fixture.text("shopify/disputes-create")))
        #expect(outcome == .processed("counted: disputes/create changes no field"))
        #expect(state.version == 1 && !state.isHydrated)
    }

    @Test(arguments: ["orders/create", "refunds/create", "console/edit"])
    func `a body that is no object throws`(topic: String) {
        #expect(throws: FactError.self) { try Facts.decoded(topic, "[1]") }
        #expect(throws: FactError.self) { try Facts.decoded(topic, "{") }
    }

    @Test func `reasons never quote personal fields`() throws {
        var state = OrderState()
        let edit = #"{"edit_id":"1","editor":"ana","edited_at":"2026-01-18T17:00:00Z","set":{"note":"secret"}}"#
        #expect(state.merge(try Facts.decoded("console/edit", edit)) == .processed("note edited by ana at 2026-01-18T17:00:00Z"))
    }
}
