import FoundationEssentials
import Orders
import Postgres

/// One order as lists and the live feed show it.
struct OrderSummary: Sendable {
    var id: UUID
    var refID: String
    var name: String?
    var source: String
    var shop: String
    var status: String
    var orderStatus: String
    var paymentStatus: String
    var shippingStatus: String
    var shippingFee: Money?
    var totalPrice: Money?
    var currency: String?
    var customerName: String?
    var courier: String?
    var trackingNumber: String?
    var isPlaceholder: Bool
    var isQuarantined: Bool
    var isBookable: Bool
    var notBookable: [String]
    var flags: [String]
    var attention: [String]
    var version: Int64
    var deliveryAt: PostgresTimestamp?
    var cancelledAt: PostgresTimestamp?
    var businessUpdatedAt: PostgresTimestamp?
    var createdAt: PostgresTimestamp
    var updatedAt: PostgresTimestamp

    /// Columns that `init(row:)` reads; the order is `o` and its row of the list `l`.
    static let columns = """
        o.id, o.ref_id, o.name, o.source, o.shop, o.status, o.order_status, o.payment_status, o.shipping_status,
        o.shipping_fee::text, o.total_price::text, o.currency, o.customer->>'name', o.courier, o.tracking_number, o.placeholder,
        o.quarantined, o.bookable, o.not_bookable, o.flags, coalesce(l.attention, '{}'), o.version, o.delivery_at, o.cancelled_at,
        o.business_updated_at, o.created_at, o.updated_at
        """
    static let columnCount = 27

    init(row: Row) throws {
        id = try row.decode(0)
        refID = try row.decode(1)
        name = try row.decodeIfPresent(2)
        source = try row.decode(3)
        shop = try row.decode(4)
        status = try row.decode(5)
        orderStatus = try row.decode(6)
        paymentStatus = try row.decode(7)
        shippingStatus = try row.decode(8)
        shippingFee = try row.decodeIfPresent(9, as: String.self).flatMap { Money($0) }
        totalPrice = try row.decodeIfPresent(10, as: String.self).flatMap { Money($0) }
        currency = try row.decodeIfPresent(11)
        customerName = try row.decodeIfPresent(12)
        courier = try row.decodeIfPresent(13)
        trackingNumber = try row.decodeIfPresent(14)
        isPlaceholder = try row.decode(15)
        isQuarantined = try row.decode(16)
        isBookable = try row.decode(17)
        notBookable = try row.decode(18)
        flags = try row.decode(19)
        attention = try row.decode(20)
        version = try row.decode(21)
        deliveryAt = try row.decodeIfPresent(22)
        cancelledAt = try row.decodeIfPresent(23)
        businessUpdatedAt = try row.decodeIfPresent(24)
        createdAt = try row.decode(25)
        updatedAt = try row.decode(26)
    }

    /// The whole object.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("shopifyOrderId", refID)
        writer.nullable("name", name)
        writer.member("source", source)
        writer.member("shop", shop)
        writer.member("status", status)
        writer.member("orderStatus", orderStatus)
        writer.member("paymentStatus", paymentStatus)
        writer.member("shippingStatus", shippingStatus)
        writer.nullable("shippingFee", shippingFee?.description)
        writer.nullable("totalPrice", totalPrice?.description)
        writer.nullable("currency", currency)
        writer.nullable("customerName", customerName)
        writer.nullable("courier", courier)
        writer.nullable("trackingNumber", trackingNumber)
        writer.member("placeholder", isPlaceholder)
        writer.member("quarantined", isQuarantined)
        writer.member("bookable", isBookable)
        writer.strings("notBookable", notBookable)
        writer.strings("flags", flags)
        writer.strings("attention", attention)
        writer.member("version", version)
        writer.nullable("deliveryAt", deliveryAt)
        writer.nullable("cancelledAt", cancelledAt)
        writer.nullable("businessUpdatedAt", businessUpdatedAt)
        writer.member("createdAt", createdAt)
        writer.member("updatedAt", updatedAt)
    }

    /// What older systems' clients know of an order; the fee is a number there.
    func writeBrief(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("shopifyOrderId", refID)
        writer.member("status", status)
        writer.key("shippingFee")
        if let shippingFee { writer.text(shippingFee.description) } else { writer.null() }
        writer.member("version", version)
        writer.member("updatedAt", updatedAt)
        writer.endObject()
    }
}
