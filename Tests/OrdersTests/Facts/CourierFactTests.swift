import Foundation
import Testing

@testable import Orders

/// Couriers' own bodies, merged into the order whose waybill they name.
@Suite struct CourierFactTests {
    @Test func `a bosta parcel goes out, fails, arrives with cash`() throws {
        var state = try order(courier: "Bosta", number: "88120431")
        #expect(shipment(state)?.status == nil)
        for (body, status) in [
            ("bosta-10-pickup_requested", CourierStatus.labelCreated), ("bosta-21-picked_up_from_business", .pickedUp),
            ("bosta-24-received_at_warehouse", .inTransit), ("bosta-41-picked_up_heading_to_customer", .outForDelivery),
            ("bosta-47-exception", .exception), ("bosta-45-delivered-cod", .delivered),
        ] {
            state.merge(try decoded("bosta", Fixture.text("courier/\(body)")))
            #expect(shipment(state)?.status == status)
        }
        #expect(shipment(state)?.cashCollected == true)
        #expect(shipment(state)?.cash == Money("960"))
        #expect(OrderProjection(state, policy: BookingPolicy()).orderStatus == .delivered)
    }

    @Test func `a bosta parcel comes back`() throws {
        var state = try order(courier: "Bosta", number: "88120431")
        for body in ["bosta-46-returned_to_business", "bosta-21-picked_up_from_business"] {
            state.merge(try decoded("bosta", Fixture.text("courier/\(body)")))
        }
        #expect(shipment(state)?.status == .returned)
        state = try order(courier: "Bosta", number: "88120431")
        state.merge(try decoded("bosta", Fixture.text("courier/bosta-41-rto_heading_to_you")))
        #expect(OrderProjection(state, policy: BookingPolicy()).orderStatus == .returning)
    }

    @Test func `a history sent with each callback adds every scan once`() throws {
        let body = Fixture.text("courier/dhl-unified-transit")
        var state = try order(courier: "DHL Express", number: "00340434161094042557")
        state.merge(try decoded("dhl", body))
        state.merge(try decoded("dhl", body.replacingOccurrences(of: "\"service\": \"express\"", with: "\"service\": \"slow\"")))
        #expect(state.shipments.entries.map(\.checkpoints.count) == [2])
        #expect(shipment(state)?.status == .inTransit)
    }

    @Test func `a body about several parcels is cut down to the one it was stored under`() throws {
        func parcel(_ id: String) -> String { #"{"id":"\#(id)","status":{"statusCode":"transit"}}"# }
        let waybill = Waybill(courier: try #require(CourierName("dhl")), trackingNumber: "2")
        let fact = Facts.stored(
            "dhl",
            #"{"shipments":[\#(parcel("1")),\#(parcel("2"))]}"#,
            source: IncomingEvent.courierSource,
            waybill: waybill.id
        )
        var state = OrderState()
        state.merge(try DecodedFact(fact, statuses: .standard))
        #expect(state.shipments.entries.map(\.track) == [.waybill(waybill)])
        #expect(state.shipments[.waybill(waybill)].first?.occurredAt == Facts.noon)
    }

    @Test func `an unmapped word is kept and folds once it is mapped`() throws {
        let body = Fixture.text("courier/unknown-status")
        var state = OrderState()
        let outcome = state.merge(try decoded("native", body))
        #expect(outcome == .unmapped("the status \"held_by_alien\" of courier TRK-7F3K9 is not mapped"))
        #expect(OrderProjection(state, policy: BookingPolicy()).anomalies.map(\.kind) == [.unknownValue])
        let mapping = CourierStatusMap.Mapping(provider: "native", status: "held_by_alien", normalised: .onHold)
        let fact = Facts.stored("native", body, source: IncomingEvent.courierSource)
        var refolded = OrderState()
        refolded.merge(try DecodedFact(fact, statuses: .standard.adding([mapping])))
        #expect(shipment(refolded)?.status == .onHold)
    }

    @Test func `a superseded waybill counts only when its courier has the parcel`() throws {
        func fulfillment(_ number: String, _ second: Int) -> String {
            let at = "2026-01-18T17:00:0\(second)Z"
            return #"{"id":5,"tracking_company":"native","tracking_number":"\#(number)","updated_at":"\#(at)"}"#
        }
        var state = try Facts.state(("fulfillments/create", fulfillment("A", 1)), ("fulfillments/update", fulfillment("B", 2)))
        state.merge(try decoded("native", #"{"tracking_number":"A","status":"fulfilling","courier":"native"}"#))
        let projection = OrderProjection(state, policy: BookingPolicy())
        #expect(projection.trackingNumber == "B" && projection.waybills.map(\.trackingNumber) == ["A", "B"])
        #expect(projection.shipments.map(\.withdrawn) == [false, true])
        #expect(projection.shipments.map(\.counts) == [true, false])
        state.merge(try decoded("native", #"{"tracking_number":"A","status":"shipped","courier":"native"}"#))
        #expect(OrderProjection(state, policy: BookingPolicy()).shipments.map(\.counts) == [true, true])
    }

    @Test func `a second parcel of one fulfillment takes the shop's scans until it has its own`() throws {
        let numbers = #""tracking_company":"native","tracking_numbers":["A","B"]"#
        let fulfillment = #"{"id":5,\#(numbers),"shipment_status":"in_transit","updated_at":"2026-01-18T17:00:00Z"}"#
        var state = try Facts.state(("fulfillments/create", fulfillment))
        func statuses() -> [CourierStatus?] { OrderProjection(state, policy: BookingPolicy()).shipments.map(\.status) }
        #expect(statuses() == [.inTransit, .inTransit])
        state.merge(try decoded("native", #"{"tracking_number":"B","status":"fulfilling","courier":"native"}"#))
        #expect(statuses() == [.inTransit, .labelCreated])
    }

    private func order(courier: String, number: String) throws -> OrderState {
        let fulfillment = #"{"id":5,"status":"success","tracking_company":"\#(courier)","tracking_number":"\#(number)"}"#
        return try Facts.state(
            ("orders/paid", Fixture.text("shopify/orders-paid")),
            ("fulfillments/create", fulfillment)
        )
    }

    private func decoded(_ provider: String, _ body: String) throws -> DecodedFact {
        try Facts.decoded(provider, body, source: IncomingEvent.courierSource)
    }

    private func shipment(_ state: OrderState) -> ShipmentProjection? {
        OrderProjection(state, policy: BookingPolicy()).shipments.first
    }
}
