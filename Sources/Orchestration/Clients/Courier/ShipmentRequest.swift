package import FoundationEssentials
package import Orders

/// What the courier service is asked to fetch.
package struct ShipmentRequest: Sendable, Equatable {
    /// Something to carry.
    package struct Line: Sendable, Equatable {
        package var title: String?
        package var sku: String?
        package var quantity: Int64

        package init(title: String?, sku: String?, quantity: Int64) {
            self.title = title
            self.sku = sku
            self.quantity = quantity
        }
    }

    /// Names this shipment for ever; the idempotency key.
    package var reference: UUID
    package var orderID: UUID
    package var shop: String
    /// The id the shop knows the order by, and the name people know it by.
    package var refID: String
    package var orderName: String?
    /// Canonical JSON.
    package var destination: [UInt8]
    package var lines: [Line]
    /// To be collected at the door; nil when nothing is.
    package var cashToCollect: Money?
    package var currency: String?

    package init(
        reference: UUID,
        orderID: UUID,
        shop: String,
        refID: String,
        orderName: String? = nil,
        destination: [UInt8],
        lines: [Line],
        cashToCollect: Money? = nil,
        currency: String? = nil
    ) {
        self.reference = reference
        self.orderID = orderID
        self.shop = shop
        self.refID = refID
        self.orderName = orderName
        self.destination = destination
        self.lines = lines
        self.cashToCollect = cashToCollect
        self.currency = currency
    }

    /// The body of `POST /v1/shipments`.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("reference", reference.text)
        writer.object("order") { writer in
            writer.member("id", orderID.text)
            writer.member("shop", shop)
            writer.member("ref_id", refID)
            writer.member("name", orderName)
        }
        writer.key("destination")
        writer.raw(destination)
        writer.array("lines", lines) { writer, line in
            writer.beginObject()
            writer.member("title", line.title)
            writer.member("sku", line.sku)
            writer.member("quantity", line.quantity)
            writer.endObject()
        }
        writer.member("cash_to_collect", cashToCollect)
        writer.member("currency", currency)
        writer.endObject()
        return writer.bytes
    }
}

extension UUID {
    /// As PostgreSQL prints it.
    var text: String { uuidString.lowercased() }
}
