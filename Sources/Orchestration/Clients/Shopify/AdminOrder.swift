import Orders

/// An order as the Shopify Admin API shows it before it is written to.
package struct AdminOrder: Sendable, Equatable {
    /// One parcel.
    package struct Fulfillment: Sendable, Equatable {
        package var id: String
        package var status: String
        package var trackingNumbers: [String]
        /// Statuses such as `IN_TRANSIT`, in the order in which they are listed.
        package var events: [String]
    }

    /// Lines that are to be shipped from one place.
    package struct FulfillmentOrder: Sendable, Equatable {
        package var id: String
        package var status: String
        /// Whether a fulfillment may be made of it.
        package var isOpen: Bool { status == "OPEN" || status == "IN_PROGRESS" }
    }

    package var id: String
    package var financialStatus: String
    package var note: String
    package var tags: [String]
    package var fulfillmentOrders: [FulfillmentOrder]
    package var fulfillments: [Fulfillment]
    /// All that Shopify said, for people.
    package var answer: [UInt8]

    /// Nil unless id and lists are there.
    init?(_ value: JSONValue, answer: [UInt8]) {
        guard let id = value.text("id"), let orders = value.value(at: ["fulfillmentOrders", "nodes"]),
            let fulfillments = value["fulfillments"]
        else { return nil }
        self.id = id
        self.answer = answer
        financialStatus = value.text("displayFinancialStatus") ?? ""
        note = value.text("note") ?? ""
        tags = value.elements("tags").compactMap(\.text)
        fulfillmentOrders = orders.elements.compactMap { order in
            order.text("id").map { FulfillmentOrder(id: $0, status: order.text("status") ?? "") }
        }
        self.fulfillments = fulfillments.elements.compactMap { fulfillment in
            fulfillment.text("id").map { id in
                Fulfillment(
                    id: id,
                    status: fulfillment.text("status") ?? "",
                    trackingNumbers: fulfillment.elements("trackingInfo").compactMap { $0.text("number") },
                    events: fulfillment["events"]?.elements("nodes").compactMap { $0.text("status") } ?? []
                )
            }
        }
    }

    /// The parcel with this tracking number, unless it was cancelled.
    package func fulfillment(trackingNumber: String) -> Fulfillment? {
        let number = Waybill.normalForm(trackingNumber)
        return fulfillments.first { fulfillment in
            fulfillment.status != "CANCELLED" && fulfillment.trackingNumbers.contains { Waybill.normalForm($0) == number }
        }
    }

    /// The note with one more line, unless the line is in it already.
    package func note(adding line: String) -> String {
        let lines = note.split(separator: "\n").map(String.init)
        return lines.contains(line) ? note : (lines + [line]).joined(separator: "\n")
    }
}
