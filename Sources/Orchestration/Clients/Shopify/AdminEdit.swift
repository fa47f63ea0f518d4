import FoundationEssentials
package import Orders

/// What an order in Shopify is told, with ids as ``AdminOrder`` shows them.
package enum AdminEdit: Sendable, Equatable {
    /// Says that these are on their way, and lets Shopify tell the customer.
    case fulfill(fulfillmentOrders: [String], courier: CourierName, trackingNumber: String)
    /// Gives a parcel that Shopify knows another label, and lets Shopify tell the customer.
    case track(fulfillment: String, courier: CourierName, trackingNumber: String)
    case event(fulfillment: String, ParcelStatus)
    case markAsPaid
    /// Replaces what is not nil.
    case update(note: String?, tags: [String]?)

    /// Shopify's words for where a parcel is, as far as shops are told.
    package enum ParcelStatus: String, Sendable {
        case inTransit = "IN_TRANSIT"
        case delivered = "DELIVERED"
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
        case .fulfill(let fulfillmentOrders, let courier, let trackingNumber):
            writer.object("fulfillment") { writer in
                writer.array("lineItemsByFulfillmentOrder", fulfillmentOrders) { writer, id in
                    writer.beginObject()
                    writer.member("fulfillmentOrderId", id)
                    writer.endObject()
                }
                writer.object("trackingInfo") { writer in
                    writer.member("company", courier.rawValue)
                    writer.member("number", trackingNumber)
                }
                writer.member("notifyCustomer", true)
            }
        case .track(let fulfillment, let courier, let trackingNumber):
            writer.member("fulfillmentId", fulfillment)
            writer.object("trackingInfoInput") { writer in
                writer.member("company", courier.rawValue)
                writer.member("number", trackingNumber)
            }
            writer.member("notifyCustomer", true)
        case .event(let fulfillment, let status):
            writer.object("fulfillmentEvent") { writer in
                writer.member("fulfillmentId", fulfillment)
                writer.member("status", status.rawValue)
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
