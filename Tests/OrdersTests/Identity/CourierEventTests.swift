import Testing

@testable import Orders

@Suite("Identity of courier events")
struct CourierEventTests {
    @Test(arguments: FixtureNames.courier)
    func `every fixture is one event about its waybill`(name: String) throws {
        let provider = CourierProvider(String(name.dropFirst("courier/".count).prefix { $0 != "-" })) ?? .native
        let body = Fixture.bytes(name)
        let events = try IncomingEvent.courier(provider, body: body, receivedAt: .epoch)
        let event = try #require(events.first)
        let callback = try #require(CourierCallback.decode(provider, try JSONDocument(parsing: body)).first)
        #expect(events.count == 1)
        #expect(event.subject == .waybill(callback.waybill.id))
        #expect(event.source == "courier")
        #expect(event.topic == provider.rawValue)
        #expect(event.courier == callback.waybill.courier.rawValue)
        #expect(event.shop == event.courier)
        #expect(event.refID == callback.waybill.trackingNumber)
        #expect(try IncomingEvent.courier(provider, body: body, receivedAt: .latest).map(\.id) == [event.id])
    }

    @Test
    func `a body about several parcels is one event each`() throws {
        let body = Array(#"{"shipments":[{"id":"a"},{"id":"b"},{"id":" A"}]}"#.utf8)
        let events = try IncomingEvent.courier(.dhl, body: body, receivedAt: .epoch)
        #expect(events.map(\.refID) == ["A", "B"])
        #expect(Set(events.map(\.id)).count == 2)
        #expect(Set(events.map(\.fact)).count == 2)
        #expect(Set(events.map(\.identity)).count == 2)
    }

    @Test func `a body about something else than a parcel is about its provider`() throws {
        let batch = Array(#"{"description":"batch.updated","result":{"object":"Batch","id":"batch_1"}}"#.utf8)
        let events = try IncomingEvent.courier(.easypost, body: batch, receivedAt: .epoch)
        #expect(events.map(\.subject.kind) == ["shop"])
        #expect(events.map(\.refID) == ["easypost"])
        let tracker = Array(#"{"description":"tracker.updated","result":{"object":"Tracker"}}"#.utf8)
        #expect(throws: IncomingEventError.missingTrackingNumber(.easypost)) {
            try IncomingEvent.courier(.easypost, body: tracker, receivedAt: .epoch)
        }
    }

    @Test(
        arguments: [
            ("{}", .missingTrackingNumber(.native)), ("[]", .notAnObject),
            ("{", .malformedJSON(JSONError(.unexpectedEnd, at: 1))),
            (#"{"tracking_number":""}"#, .missingTrackingNumber(.native)),
        ] as [(String, IncomingEventError)]
    )
    func `a body without a parcel is refused`(body: String, error: IncomingEventError) {
        #expect(throws: error) { try IncomingEvent.courier(.native, body: Array(body.utf8), receivedAt: .epoch) }
        #expect(error.description.hasSuffix("."))
    }
}
