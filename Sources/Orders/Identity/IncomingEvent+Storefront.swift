package import FoundationEssentials

extension IncomingEvent {
    /// The `source` of orders placed at our own storefront. Nothing that comes in as a webhook has it.
    package static let storefrontSource = "storefront"

    /// The topic of an order that was placed.
    package static let placedTopic = "order.placed"

    /// An order was placed. Its body is a whole order, so that it is merged like one of any other shop.
    package static func placed(_ order: PlacedOrder, shop: String) -> IncomingEvent {
        let body = order.body
        var event = IncomingEvent(
            subject: .order(order.orderID(shop: shop)),
            source: storefrontSource,
            shop: shop,
            topic: placedTopic,
            refID: order.refID,
            name: "order:\(order.id)",
            receivedAt: order.placedAt,
            body: body,
            bodyHash: Digest(of: body)
        )
        event.traceID = order.traceID
        return event
    }
}

/// An order of one product, as it was when it was placed.
package struct PlacedOrder: Equatable, Sendable {
    package let id: Int64
    package let productID: Int64
    package let productName: String
    package let quantity: Int64
    /// Of one piece.
    package let price: Money
    package let placedAt: Instant
    /// The trace that its buyer's request is part of.
    package let traceID: UUID?

    package init(
        id: Int64,
        productID: Int64,
        productName: String,
        quantity: Int64,
        price: Money,
        placedAt: Instant,
        traceID: UUID? = nil
    ) {
        self.id = id
        self.productID = productID
        self.productName = productName
        self.quantity = quantity
        self.price = price
        self.placedAt = placedAt
        self.traceID = traceID
    }

    /// What the orders of the storefront are called among all orders.
    package var refID: String { String(id) }

    /// The price of all pieces, held at the largest amount.
    package var total: Money {
        let (product, overflow) = price.tenThousandths.multipliedReportingOverflow(by: quantity)
        return Money(tenThousandths: overflow ? .max : product)
    }

    /// The order of the shop that the sale becomes.
    package func orderID(shop: String) -> OrderID {
        OrderID(source: IncomingEvent.storefrontSource, shop: shop, refID: refID)
    }

    fileprivate var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("created_at", placedAt)
        // Nobody has paid yet.
        writer.member("financial_status", FinancialStatus.pending.text)
        writer.member("id", refID)
        writer.array("line_items", [self]) { writer, order in
            writer.beginObject()
            writer.member("id", String(order.productID))
            writer.member("price", order.price)
            writer.member("quantity", order.quantity)
            writer.member("title", order.productName)
            writer.endObject()
        }
        writer.member("name", "#\(id)")
        writer.member("total_price", total)
        writer.member("updated_at", placedAt)
        writer.endObject()
        return writer.bytes
    }
}
