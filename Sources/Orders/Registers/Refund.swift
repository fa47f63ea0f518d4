/// Money given back, by refund id.
package struct Refund: RegisterEntry {
    package let id: ExactText
    package let key: ContentKey
    /// The sum of its successful refund transactions; nil when none is named.
    package let amount: Money?

    /// When the source says it was processed.
    package var processedAt: Instant { key.at }

    package var summary: String {
        "refund \(id.text)" + (amount.map { " of \($0)" } ?? "")
    }
}

/// A payment step, by transaction id.
package struct Transaction: RegisterEntry {
    package let id: ExactText
    package let key: ContentKey
    /// authorization, capture, sale, void or refund.
    package let kind: String?
    package let status: String?
    package let gateway: String?
    package let amount: Money?

    package var summary: String {
        let words = [kind, status, amount?.description].compactMap(\.self)
        return "transaction \(id.text): \(words.joined(separator: " "))"
    }
}

/// Who wins among bodies of one id: the latest, then the greater canonical content.
package struct ContentKey: Comparable, Sendable {
    package let at: Instant
    /// SHA-256 of the canonical JSON of the element.
    package let content: Digest

    package static func < (left: ContentKey, right: ContentKey) -> Bool {
        (left.at, left.content) < (right.at, right.content)
    }
}
