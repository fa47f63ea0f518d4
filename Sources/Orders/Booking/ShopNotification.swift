/// Something the shop has to be told about a booking.
package struct ShopNotification: Hashable, Sendable {
    /// What the shop shall hear.
    package enum Intent: String, CaseIterable, Comparable, Sendable {
        /// The label: a fulfillment with its tracking number.
        case fulfillment
        case shipped
        case delivered
        /// The buyer paid at the door.
        case paid
        /// The courier cancelled by itself: a note for people.
        case voided

        /// As a story is told: nobody can hear that a parcel was delivered before there is one.
        package static func < (a: Intent, b: Intent) -> Bool { a.place < b.place }

        private var place: Int {
            switch self {
            case .fulfillment: 0
            case .shipped: 1
            case .delivered: 2
            case .paid: 3
            case .voided: 4
            }
        }
    }

    package let intent: Intent
    /// The version of the intent: the attempt it is about.
    package let attempt: Int32

    package init(intent: Intent, attempt: Int32) {
        self.intent = intent
        self.attempt = attempt
    }

    /// Everything the shop should know now. What is new in it since the last decision is to be sent; what is no longer in it
    /// when its turn comes is stale.
    package static func wanted(_ order: BookingSituation, bookings: [Booking]) -> Set<ShopNotification> {
        var wanted: Set<ShopNotification> = []
        for booking in bookings {
            guard let parcel = order.parcels[booking.attempt] else { continue }
            func add(_ intent: Intent, if condition: Bool) {
                if condition { wanted.insert(ShopNotification(intent: intent, attempt: booking.attempt)) }
            }
            let isGood = booking.state == .booked || booking.state == .returnRequested
            let isOut = parcel.whereabouts == .withCourier && !parcel.isReturning
            add(.fulfillment, if: isGood && !booking.isLate && !parcel.isAnnounced)
            add(.shipped, if: isOut || parcel.isDelivered)
            add(.delivered, if: parcel.isDelivered)
            add(.paid, if: parcel.cashCollected && !order.isPaid && !order.isCancelled)
            add(.voided, if: booking.isVoided)
        }
        return wanted
    }
}
