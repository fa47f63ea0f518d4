import Orders

/// An order in the sandbox's Shopify: made when it is first asked for, unpaid, with one fulfillment order.
struct SandboxOrder: Sendable, Equatable {
    struct Fulfillment: Sendable, Equatable {
        var id: String
        var company: String
        var number: String
        var events: [String] = []
    }

    let id: String
    var isPaid = false
    var note = ""
    var tags: [String] = []
    var fulfillments: [Fulfillment] = []

    var globalID: String { "gid://shopify/Order/\(id)" }
    var fulfillmentOrderID: String { "gid://shopify/FulfillmentOrder/\(id)" }

    func write(to writer: inout JSONWriter) {
        writer.member("id", globalID)
        writer.member("displayFinancialStatus", isPaid ? "PAID" : "PENDING")
        writer.member("note", note)
        writer.array("tags", tags) { $0.string($1) }
        writer.object("fulfillmentOrders") { writer in
            writer.array("nodes", [fulfillments.isEmpty ? "OPEN" : "CLOSED"]) { writer, status in
                writer.beginObject()
                writer.member("id", fulfillmentOrderID)
                writer.member("status", status)
                writer.endObject()
            }
        }
        writer.array("fulfillments", fulfillments) { writer, fulfillment in
            writer.beginObject()
            writer.member("id", fulfillment.id)
            writer.member("status", "SUCCESS")
            writer.array("trackingInfo", [fulfillment]) { writer, info in
                writer.beginObject()
                writer.member("company", info.company)
                writer.member("number", info.number)
                writer.endObject()
            }
            writer.object("events") { writer in
                writer.array("nodes", fulfillment.events) { writer, status in
                    writer.beginObject()
                    writer.member("status", status)
                    writer.endObject()
                }
            }
            writer.endObject()
        }
    }
}
