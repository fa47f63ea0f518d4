/// Where jobs wait for their turn: one queue for each party that is called, and one for our own work on orders of the storefront.
package enum Queue: String, CaseIterable, Sendable {
    case bookings = "internal-booking-events"
    case courierCommands = "courier-commands"
    case notifications = "shopify-admin-notifications"
    case storefront = "storefront-processing"

    /// Who wants fewer calls when a call for a shop is refused as one too many: the Admin API counts for each shop by itself, a
    /// courier for all of them together.
    func party(shop: String) -> String { commonParty ?? shop }

    /// The party of all shops together; nil when each is one of its own.
    var commonParty: String? { self == .notifications ? nil : "" }

    /// The stream that wakes its runners.
    package var stream: DoorbellStreams.Name {
        switch self {
        case .bookings: .bookings
        case .courierCommands: .courierCommands
        case .notifications: .notifications
        case .storefront: .storefront
        }
    }

    /// In front of its configuration keys: `INTERNAL_BOOKING_EVENTS`.
    package var keyPrefix: String {
        rawValue.uppercased().split(separator: "-").joined(separator: "_")
    }
}
