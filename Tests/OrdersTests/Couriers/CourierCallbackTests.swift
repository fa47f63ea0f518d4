import Testing

@testable import Orders

@Suite("Courier callbacks")
struct CourierCallbackTests {
    @Test(
        arguments: [
            ("aftership-AttemptFail", "ups 1Z999AA10123456784", "2026-01-20T10:00:00Z", .attemptFailed),
            ("aftership-Delivered", "ups 1Z999AA10123456784", "2026-01-20T13:10:00Z", .delivered),
            ("aftership-Exception", "ups 1Z999AA10123456784", "2026-01-21T09:00:00Z", .exception),
            ("aftership-InTransit", "ups 1Z999AA10123456784", "2026-01-19T04:00:00Z", .inTransit),
            ("aftership-InfoReceived", "ups 1Z999AA10123456784", "2026-01-18T18:00:00Z", .labelCreated),
            ("aftership-OutForDelivery", "ups 1Z999AA10123456784", "2026-01-20T08:00:00Z", .outForDelivery),
            ("bosta-10-pickup_requested", "bosta 88120431", "2026-01-18T09:00:00Z", .labelCreated),
            ("bosta-21-picked_up_from_business", "bosta 88120431", "2026-01-19T07:00:00Z", .pickedUp),
            ("bosta-24-received_at_warehouse", "bosta 88120431", "2026-01-19T11:00:00Z", .inTransit),
            ("bosta-41-picked_up_heading_to_customer", "bosta 88120431", "2026-01-20T06:00:00Z", .outForDelivery),
            ("bosta-41-rto_heading_to_you", "bosta 88120431", "2026-01-21T13:00:00Z", .returnInTransit),
            ("bosta-45-delivered-cod", "bosta 88120431", "2026-01-20T12:40:00Z", .delivered),
            ("bosta-46-returned_to_business", "bosta 88120431", "2026-01-22T13:00:00Z", .returned),
            ("bosta-47-exception", "bosta 88120431", "2026-01-20T10:00:00Z", .exception),
            ("dhl-unified-transit", "dhl 00340434161094042557", "2026-01-19T06:12:00Z", .inTransit),
            ("easypost-delivered", "usps 9400100000000000000017", "2026-01-20T13:10:00Z", .delivered),
            ("easypost-in_transit", "usps 9400100000000000000017", "2026-01-19T04:00:00Z", .inTransit),
            ("easypost-out_for_delivery", "usps 9400100000000000000017", "2026-01-20T08:00:00Z", .outForDelivery),
            ("easypost-pre_transit", "usps 9400100000000000000017", "2026-01-18T18:00:00Z", .labelCreated),
            ("easypost-return_to_sender", "usps 9400100000000000000017", "2026-01-22T10:00:00Z", .returnInTransit),
            ("native-delivered", "courier TRK-7F3K9", "2026-01-19T09:05:00Z", .delivered),
            ("native-fulfilling", "courier TRK-7F3K9", "2026-01-18T17:30:00Z", .labelCreated),
            ("native-shipped", "courier TRK-7F3K9", "2026-01-18T18:10:00Z", .pickedUp),
            ("shippo-delivered", "usps 9400100000000000000017", "2026-01-20T13:10:00Z", .delivered),
            ("shippo-failure", "usps 9400100000000000000017", "2026-01-24T10:00:00Z", .exception),
            ("shippo-pre_transit", "usps 9400100000000000000017", "2026-01-18T18:00:00Z", .labelCreated),
            ("shippo-returned", "usps 9400100000000000000017", "2026-01-23T10:00:00Z", .returned),
            ("shippo-transit", "usps 9400100000000000000017", "2026-01-19T04:00:00Z", .inTransit),
            ("unknown-status", "courier TRK-7F3K9", "2026-01-18T20:00:00Z", nil),
        ] as [(String, String, String, CourierStatus?)]
    )
    func `every fixture says which parcel is where since when`(
        name: String,
        waybill: String,
        occurredAt: String,
        status: CourierStatus?
    ) throws {
        let provider = CourierProvider(String(name.prefix { $0 != "-" })) ?? .native
        let callbacks = try decode(provider, "courier/\(name)")
        let callback = try #require(callbacks.first)
        #expect(callbacks.count == 1)
        #expect(callback.waybill.summary == waybill)
        #expect(callback.latest.occurredAt?.iso8601 == occurredAt)
        let scan = callback.latest
        #expect(
            CourierStatusMap.standard.normalise(provider: provider.rawValue, status: scan.rawStatus, detail: scan.detail)
                == status
        )
    }

    @Test
    func `the table above has every fixture`() {
        #expect(FixtureNames.courier.count == 29)
    }

    @Test
    func `cash at the door is seen`() throws {
        let bosta = try #require(try decode(.bosta, "courier/bosta-45-delivered-cod").first?.latest)
        #expect(bosta.cashCollected)
        #expect(bosta.cash == Money("960.00"))
        #expect(try decode(.aftership, "courier/aftership-Delivered").first?.latest.cashCollected == true)
        #expect(try decode(.aftership, "courier/aftership-InTransit").first?.latest.cashCollected == false)
        let unpaid = #"{"trackingNumber":1,"state":45,"cod":0}"#
        #expect(CourierCallback.decode(.bosta, try document(unpaid)).first?.latest.cashCollected == false)
        let undelivered = #"{"trackingNumber":1,"state":47,"cod":5}"#
        #expect(CourierCallback.decode(.bosta, try document(undelivered)).first?.latest.cashCollected == false)
    }

    @Test
    func `a return is typed as such`() throws {
        #expect(try decode(.bosta, "courier/bosta-41-rto_heading_to_you").first?.latest.isOnReturnLeg == true)
        #expect(try decode(.bosta, "courier/bosta-45-delivered-cod").first?.latest.isOnReturnLeg == false)
    }

    @Test
    func `the history a body carries is kept scan by scan`() throws {
        let dhl = try #require(try decode(.dhl, "courier/dhl-unified-transit").first)
        #expect(dhl.history.map(\.rawStatus) == ["pre-transit"])
        #expect(dhl.checkpoints.map(\.rawStatus) == ["transit", "pre-transit"])
        let easyPost = try #require(try decode(.easypost, "courier/easypost-delivered").first)
        #expect(easyPost.history == [easyPost.latest])
        #expect(easyPost.checkpoints == [easyPost.latest])
        let shippo = """
            {"data":{"carrier":"UPS","tracking_number":"x","tracking_status":null,
             "tracking_history":[{"status":"TRANSIT","status_date":"2026-01-01T00:00:00Z","substatus":{"code":"package_accepted"}}]}}
            """
        let callback = try #require(CourierCallback.decode(.shippo, try document(shippo)).first)
        #expect(callback.latest.rawStatus == "")
        #expect(callback.history.first?.detail == "package_accepted")
    }

    @Test
    func `one DHL body may speak of several parcels`() throws {
        let body = #"{"shipments":[{"id":"a","status":{"statusCode":"transit"}},{"id":""},{"id":2,"status":"delivered"},7]}"#
        let callbacks = CourierCallback.decode(.dhl, try document(body))
        #expect(callbacks.map(\.waybill.trackingNumber) == ["A", "2"])
        #expect(callbacks.map(\.latest.rawStatus) == ["transit", "delivered"])
    }

    @Test(arguments: CourierProvider.allCases)
    func `a body without a usable tracking number gives nothing`(provider: CourierProvider) throws {
        let long = String(repeating: "x", count: 200)
        for body in [
            #"{}"#, #"{"shipments":[{}]}"#, #"{"tracking_number":" ","trackingNumber":" ","tracking_code":" "}"#,
            #"{"tracking_number":"\#(long)","trackingNumber":"\#(long)","tracking_code":"\#(long)"}"#,
            #"{"tracking_number":"a\u0000","trackingNumber":"a\u0000","tracking_code":"a\u0000"}"#, "[]", "1",
        ] {
            #expect(CourierCallback.decode(provider, try document(body)).isEmpty)
        }
    }

    private func decode(_ provider: CourierProvider, _ fixture: String) throws -> [CourierCallback] {
        CourierCallback.decode(provider, try JSONDocument(parsing: Fixture.bytes(fixture)))
    }
}
