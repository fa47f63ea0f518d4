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
