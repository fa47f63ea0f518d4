import Testing

@testable import Orders

@Suite("Courier status map")
struct CourierStatusMapTests {
    @Test(
        arguments: [
            ("native", "fulfilling", nil, .labelCreated), ("native", "shipped", nil, .pickedUp),
            ("native", "delivered", nil, .delivered), ("native", "in_transit", nil, .inTransit),
            ("native", "out_for_delivery", nil, .outForDelivery), ("native", "return_in_transit", nil, .returnInTransit),
            ("native", "returned", nil, .returned), ("native", "lost", nil, .lost),
            ("bosta", "10", "SEND", .labelCreated), ("bosta", "11", nil, .labelCreated), ("bosta", "20", nil, .pickupScheduled),
            ("bosta", "22", nil, .pickupScheduled), ("bosta", "40", nil, .pickupScheduled), ("bosta", "21", nil, .pickedUp),
            ("bosta", "23", nil, .pickedUp), ("bosta", "24", nil, .inTransit), ("bosta", "25", nil, .inTransit),
            ("bosta", "30", nil, .inTransit), ("bosta", "41", "SEND", .outForDelivery), ("bosta", "41", "RTO", .returnInTransit),
            ("bosta", "41", "EXCHANGE", nil), ("bosta", "41", nil, nil), ("bosta", "45", "RTO", .delivered),
            ("bosta", "46", nil, .returned), ("bosta", "60", nil, .returned), ("bosta", "47", nil, .exception),
            ("bosta", "102", nil, .exception), ("bosta", "103", nil, .onHold), ("bosta", "105", nil, .onHold),
            ("bosta", "48", nil, .cancelled), ("bosta", "49", nil, .cancelled), ("bosta", "100", nil, .lost),
            ("bosta", "101", nil, .damaged), ("bosta", "104", nil, .unknown), ("bosta", "999", nil, nil),
            ("easypost", "failure", nil, .exception), ("easypost", "error", nil, .exception),
            ("easypost", "cancelled", nil, .cancelled),
            ("easypost", "available_for_pickup", nil, .availableForPickup), ("easypost", "unknown", nil, .unknown),
            ("shippo", "UNKNOWN", nil, .unknown), ("shippo", "transit", nil, .inTransit),
            ("aftership", "Pending", nil, .labelCreated),
            ("aftership", "Delivered", "Delivered_004", .delivered),
            ("aftership", "AvailableForPickup", nil, .availableForPickup),
            ("aftership", "Expired", nil, .lost), ("dhl", "pre-transit", nil, .labelCreated), ("dhl", "failure", nil, .exception),
            ("dhl", "unknown", nil, .unknown), ("shopify", "label_printed", nil, .labelCreated),
            ("shopify", "label_purchased", nil, .labelCreated), ("shopify", "confirmed", nil, .labelCreated),
            ("shopify", "carrier_picked_up", nil, .pickedUp), ("shopify", "in_transit", nil, .inTransit),
            ("shopify", "delayed", nil, .inTransit), ("shopify", "out_for_delivery", nil, .outForDelivery),
            ("shopify", "ready_for_pickup", nil, .availableForPickup), ("shopify", "attempted_delivery", nil, .attemptFailed),
            ("shopify", "failure", nil, .exception), ("shopify", "delivered", nil, .delivered),
            ("shopify", "picked_up", nil, .delivered),
            ("shopify", "returning_to_sender", nil, .returnInTransit), ("native", "held_by_alien", nil, nil),
            ("nobody", "delivered", nil, nil),
            ("native", "", nil, nil),
        ] as [(String, String, String?, CourierStatus?)]
    )
    func `the standard map is the table of the domain`(
        provider: String,
        status: String,
        detail: String?,
        expected: CourierStatus?
    ) {
        for spelling in [status, status.uppercased(), status.lowercased(), " \(status) "] {
            #expect(CourierStatusMap.standard.normalise(provider: provider, status: spelling, detail: detail) == expected)
        }
    }

    @Test
    func `operators add to the map and replace its lines`() {
        let map = CourierStatusMap.standard.adding([
            .init(provider: "native", status: "Held_By_Alien", normalised: .onHold),
            .init(provider: "bosta", status: "41", detail: "exchange", normalised: .inTransit),
            .init(provider: "aftership", status: "expired", normalised: .cancelled),
        ])
        #expect(map.normalise(provider: "native", status: "held_by_alien") == .onHold)
        #expect(map.normalise(provider: "bosta", status: "41", detail: "EXCHANGE") == .inTransit)
        #expect(map.normalise(provider: "bosta", status: "41", detail: "SEND") == .outForDelivery)
        #expect(map.normalise(provider: "aftership", status: "Expired") == .cancelled)
    }

    @Test
    func `ranks are those of the domain`() {
        let ranks = Dictionary(grouping: CourierStatus.allCases, by: \.rank).mapValues(\.count)
        #expect(ranks == [0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 3, 9: 1, 11: 1, 12: 1, 13: 3])
    }

    @Test(arguments: [
        ("DHL Express", "dhl"), ("dhl-ecommerce", "dhl"), ("USPS", "usps"), (" Royal Mail ", "royalmail"), ("بوسطة", "بوسطة"),
        ("UPSDAP", "ups"), ("4PX", "4px"), ("", nil), (" - ", nil),
    ])
    func `names of couriers have one form`(text: String, expected: String?) {
        #expect(CourierName(text)?.rawValue == expected)
    }

    @Test
    func `providers are read in any letter case`() {
        #expect(CourierProvider("DHL") == .dhl)
        #expect(CourierProvider("pigeon") == nil)
    }

    @Test
    func `two spellings of a tracking number are one waybill`() throws {
        let courier = try #require(CourierName("Bosta"))
        let waybill = Waybill(courier: courier, trackingNumber: " ab-1\n")
        #expect(waybill == Waybill(courier: courier, trackingNumber: "AB-1"))
        #expect(waybill.id == WaybillID(courier: courier, trackingNumber: "AB-1"))
        #expect(waybill < Waybill(courier: courier, trackingNumber: "AB-2"))
    }
}
