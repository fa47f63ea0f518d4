/// Whose personal data a shop asks us to remove.
package enum Redaction: Hashable, Sendable {
    /// By order id; may be none.
    case orders([String])
    case wholeShop

    /// Nil for every topic but `customers/redact` and `shop/redact`. The topic decides: a customer's redaction that names no
    /// order must not empty the shop.
    package init?(topic: String, in document: JSONDocument) {
        switch topic {
        case "customers/redact": self = .orders(Self.orders(in: document))
        case "shop/redact": self = .wholeShop
        default: return nil
        }
    }

    /// The orders that a `customers/redact` body names.
    package static func orders(in document: JSONDocument) -> [String] {
        document.root.elements("orders_to_redact").compactMap { $0.text?.trimmed }.filter { !$0.isEmpty }
    }
}
