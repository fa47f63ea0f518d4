package import FoundationEssentials
package import Orders

/// A wish to buy, checked as far as it can be without looking at the stock.
package struct OrderRequest: Equatable, Sendable {
    package var productID: Int64
    package var quantity: Int64
    package var key: IdempotencyKey?
    /// The trace that the buyer's request is part of.
    package var traceID: UUID?

    package init(productID: Int64, quantity: Int64, key: IdempotencyKey? = nil) {
        self.productID = productID
        self.quantity = quantity
        self.key = key
    }

    /// What the same key must come with again.
    package var hash: Digest { Digest(of: Array("order\u{1F}\(productID)\u{1F}\(quantity)".utf8)) }
}

/// A client's name for one wish, however often it is sent.
package struct IdempotencyKey: Hashable, Sendable {
    /// The longest key, in characters.
    package static let maxLength = 255

    package let text: String

    /// Nil unless the text is one to 255 visible ASCII characters.
    package init?(_ text: String) {
        guard (1...Self.maxLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.text = text
    }
}
