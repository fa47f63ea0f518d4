/// A reason not to ship yet, by hold id; the latest word on each id counts.
package struct Hold: RegisterEntry {
    /// The hold that an operator opens and closes by an edit.
    package static let operatorID: ExactText = "operator"

    package let id: ExactText
    package let key: Key
    /// The source's own word: awaiting_payment, high_risk_of_fraud, …
    package let reason: String?

    package var isOpen: Bool { !key.released }

    package var summary: String {
        "hold \(id.text) \(isOpen ? "opened" : "released")" + (reason.map { " (\($0))" } ?? "")
    }

    /// Of one instant, the release wins; then the greater body hash.
    package struct Key: Comparable, Sendable {
        package let at: Instant
        package let released: Bool
        package let bodyHash: Digest

        package static func < (left: Key, right: Key) -> Bool {
            let (released, otherReleased) = (left.released ? 1 : 0, right.released ? 1 : 0)
            return (left.at, released, left.bodyHash) < (right.at, otherReleased, right.bodyHash)
        }
    }
}
