import FoundationEssentials
package import Orders

/// What an order in Shopify is told, with ids as ``AdminOrder`` shows them.
package enum AdminEdit: Sendable, Equatable {
    case fulfill(fulfillmentOrders: [String], courier: CourierName, trackingNumber: String, trackingURL: String?, notify: Bool)
    /// Gives a parcel that Shopify knows another label.
    case track(fulfillment: String, courier: CourierName, trackingNumber: String, notify: Bool)
    /// `status` is one of Shopify's, see ``status(of:)``.
    case event(fulfillment: String, status: String, happenedAt: Instant?, message: String?)
    case markAsPaid
    /// Replaces what is not nil.
    case update(note: String?, tags: [String]?)

    /// Shopify's word for where a parcel is; nil when it has none.
    package static func status(of status: CourierStatus) -> String? {
        switch status {
        case .labelCreated: "LABEL_PURCHASED"
        case .pickupScheduled: "CONFIRMED"
        case .pickedUp: "CARRIER_PICKED_UP"
        case .inTransit: "IN_TRANSIT"
        case .outForDelivery: "OUT_FOR_DELIVERY"
        case .availableForPickup: "READY_FOR_PICKUP"
        case .attemptFailed: "ATTEMPTED_DELIVERY"
        case .onHold: "DELAYED"
        case .delivered: "DELIVERED"
        case .exception, .lost, .damaged: "FAILURE"
        case .returnInTransit, .returned, .cancelled, .unknown: nil
        }
    }

    var operation: AdminOperation {
        switch self {
        case .fulfill: .createFulfillment
        case .track: .updateTracking
        case .event: .createFulfillmentEvent
        case .markAsPaid: .markAsPaid
        case .update: .updateOrder
        }
    }

    /// Writes the variables of the operation.
    func write(to writer: inout JSONWriter, orderID: String) {
        switch self {
        case .fulfill(let fulfillmentOrders, let courier, let trackingNumber, let trackingURL, let notify):
            writer.object("fulfillment") { writer in
                writer.array("lineItemsByFulfillmentOrder", fulfillmentOrders) { writer, id in
                    writer.beginObject()
                    writer.member("fulfillmentOrderId", id)
                    writer.endObject()
                }
                writer.object("trackingInfo") { writer in
                    writer.member("company", courier.rawValue)
                    writer.member("number", trackingNumber)
                    writer.member("url", trackingURL)
                }
                writer.member("notifyCustomer", notify)
            }
        case .track(let fulfillment, let courier, let trackingNumber, let notify):
            writer.member("fulfillmentId", fulfillment)
            writer.object("trackingInfoInput") { writer in
                writer.member("company", courier.rawValue)
                writer.member("number", trackingNumber)
            }
            writer.member("notifyCustomer", notify)
        case .event(let fulfillment, let status, let happenedAt, let message):
            writer.object("fulfillmentEvent") { writer in
                writer.member("fulfillmentId", fulfillment)
                writer.member("status", status)
                writer.member("happenedAt", happenedAt)
                writer.member("message", message)
            }
        case .markAsPaid:
            writer.object("input") { $0.member("id", orderID) }
        case .update(let note, let tags):
            writer.object("input") { writer in
                writer.member("id", orderID)
                writer.member("note", note)
                if let tags { writer.array("tags", tags) { $0.string($1) } }
            }
        }
    }
}
