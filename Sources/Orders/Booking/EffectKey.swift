/// The idempotency keys of effects: one effect of one intent has one key, whoever emits it and however often.
package enum EffectKey {
    /// Of asking the courier for a label.
    package static func book(_ booking: Booking) -> String { key("book", booking) }
    /// What the keys of all bookings of an order begin with; the attempt follows.
    package static func bookPrefix(of order: OrderID) -> String { "book:\(order):" }
    /// Of taking a label back.
    package static func cancel(_ booking: Booking) -> String { key("cancel", booking) }
    /// Of the take after which the attempt was given up.
    package static func check(_ booking: Booking) -> String { "\(key("check", booking)):\(booking.takes)" }
    /// Of having a parcel brought back.
    package static func returnParcel(_ booking: Booking) -> String { key("return", booking) }

    /// Of telling a shop.
    package static func notify(_ notification: ShopNotification, of order: OrderID) -> String {
        "notify:\(order):\(notification.intent.rawValue):\(notification.attempt)"
    }

    private static func key(_ effect: String, _ booking: Booking) -> String {
        "\(effect):\(booking.order):\(booking.attempt)"
    }
}
