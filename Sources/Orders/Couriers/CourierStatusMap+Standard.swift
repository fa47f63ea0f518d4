extension CourierStatusMap {
    /// The provider of a fulfillment's `shipment_status` and of fulfillment events.
    package static let shopify = "shopify"

    /// What the couriers' manuals say.
    package static let standard = CourierStatusMap(
        words.flatMap { provider, meanings in
            meanings.flatMap { meaning, words in
                words.split(separator: " ").map { word in
                    let parts = word.split(separator: "/")
                    return Mapping(
                        provider: provider,
                        status: String(parts[0]),
                        detail: parts.count > 1 ? String(parts[1]) : "",
                        normalised: meaning
                    )
                }
            }
        }
    )

    /// Provider → meaning → its words; `status/detail` where the status alone says too little.
    private static let words: [String: [CourierStatus: String]] = [
        "native": [
            .labelCreated: "fulfilling", .pickedUp: "shipped", .inTransit: "in_transit", .outForDelivery: "out_for_delivery",
            .delivered: "delivered", .returnInTransit: "return_in_transit", .returned: "returned", .lost: "lost",
        ],
        "bosta": [
            .labelCreated: "10 11", .pickupScheduled: "20 22 40", .pickedUp: "21 23", .inTransit: "24 25 30",
            .outForDelivery: "41/send", .returnInTransit: "41/rto", .exception: "47 102", .onHold: "103 105", .delivered: "45",
            .returned: "46 60", .cancelled: "48 49", .lost: "100", .damaged: "101", .unknown: "104",
        ],
        "easypost": [
            .labelCreated: "pre_transit", .inTransit: "in_transit", .outForDelivery: "out_for_delivery",
            .availableForPickup: "available_for_pickup", .exception: "failure error", .delivered: "delivered",
            .returnInTransit: "return_to_sender", .cancelled: "cancelled", .unknown: "unknown",
        ],
        "shippo": [
            .labelCreated: "pre_transit", .inTransit: "transit", .exception: "failure", .delivered: "delivered",
            .returned: "returned", .unknown: "unknown",
        ],
        // A parcel that expired was not seen for a month: lost is the meaning that makes somebody look.
        "aftership": [
            .labelCreated: "inforeceived pending", .inTransit: "intransit", .outForDelivery: "outfordelivery",
            .availableForPickup: "availableforpickup", .attemptFailed: "attemptfail", .exception: "exception",
            .delivered: "delivered", .lost: "expired",
        ],
        "dhl": [
            .labelCreated: "pre-transit", .inTransit: "transit", .exception: "failure", .delivered: "delivered",
            .unknown: "unknown",
        ],
        shopify: [
            .labelCreated: "label_printed label_purchased confirmed", .pickedUp: "carrier_picked_up",
            .inTransit: "in_transit delayed", .outForDelivery: "out_for_delivery", .availableForPickup: "ready_for_pickup",
            .attemptFailed: "attempted_delivery", .exception: "failure", .delivered: "delivered picked_up",
            .returnInTransit: "returning_to_sender",
        ],
    ]
}
