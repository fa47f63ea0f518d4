/// Whose personal data a shop asks us to remove.
package enum Redaction: Hashable, Sendable {
    /// By order id; may be none.
    case orders([String])
    case wholeShop

    /// Nil for every topic but `customers/redact` and `shop/redact`, and for bodies that are not what those topics send.
    ///
    /// The signature covers the body and not the topic: somebody who holds any signed body of a shop must not be able to turn
    /// it into a redaction by a header. A customer's redaction that names no order must not empty the shop.
    package init?(topic: String, in document: JSONDocument, shop: String) {
        let root = document.root
        guard root.text("shop_domain")?.trimmed.lowercased() == shop, root["shop_id"] != nil, root["id"] == nil else {
            return nil
        }
        switch topic {
        case "customers/redact":
            guard root["orders_to_redact"] != nil else { return nil }
            self = .orders(Self.orders(in: document))
        case "shop/redact":
            guard root["customer"] == nil, root["orders_to_redact"] == nil, root["orders_requested"] == nil else { return nil }
            self = .wholeShop
        default:
            return nil
        }
    }

    /// What the names of customers begin with, as the GraphQL API writes them: no order is called so, see `OrderAddress.isLegible`.
    private static let customerPrefix = "gid://shopify/Customer/"

    /// Whether it is the name of a customer, as `customer` gives it.
    package static func isCustomer(_ name: String) -> Bool { name.hasPrefix(customerPrefix) }

    /// The name of the customer that an event about no order is about; nil when its body names none.
    package static func customer(topic: String, in document: JSONDocument) -> String? {
        let root = document.root
        let own = topic.hasPrefix("customers/") ? root.text("id") : nil
        guard let text = (root["customer"]?.text("id") ?? root.text("customer_id") ?? root.text("customerId") ?? own)?.trimmed
        else { return nil }
        let id = text.hasPrefix(customerPrefix) ? String(text.dropFirst(customerPrefix.count)) : text
        return OrderAddress.isLegible(id) ? customerPrefix + id : nil
    }

    /// The orders that a `customers/redact` body names; what no order can be called is left out.
    package static func orders(in document: JSONDocument) -> [String] {
        document.root.elements("orders_to_redact").compactMap { $0.text?.trimmed }.map(OrderAddress.withoutGlobalPrefix)
            .filter(OrderAddress.isLegible)
    }
}
