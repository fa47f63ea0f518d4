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
