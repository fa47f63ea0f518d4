/// One part of a key that decides who wins; of two keys the first part that differs decides.
struct KeyComponent {
    let name: String
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    init(_ name: String, _ instant: Instant) {
        self.init(name, instant == .epoch ? "none" : instant.iso8601)
    }

    /// A hash decides, but says nothing to a person: a few digits tell two apart.
    init(_ name: String, _ digest: Digest) {
        self.init(name, String(digest.hex.prefix(Self.shownDigits)))
    }

    private static let shownDigits = 16
}

/// A key that can say which of its parts made it lose.
protocol ExplainedKey: Comparable {
    /// In the order in which they decide.
    var components: [KeyComponent] { get }
}

extension ExplainedKey {
    /// Why this key lost against a greater one.
    func loss(against winner: Self) -> String {
        let pairs = zip(components, winner.components)
        guard let index = pairs.map({ $0.text.utf8.elementsEqual($1.text.utf8) }).firstIndex(of: false) else {
            return "a tie to the last digit of their hashes"
        }
        let (mine, theirs) = (components[index], winner.components[index])
        let tie = components[..<index].map(\.name).joined(separator: ", ")
        let words = "\(mine.name) \(mine.text) loses against \(theirs.text)"
        return index == 0 ? "older: \(words)" : "same \(tie): \(words)"
    }
}

extension SnapshotKey: ExplainedKey {
    var components: [KeyComponent] {
        [
            KeyComponent("updated_at", updatedAt),
            KeyComponent("triggered_at", triggeredAt),
            KeyComponent("cancelled", cancelled ? "yes" : "no"),
            KeyComponent("financial rank", "\(financialRank)"),
            KeyComponent("fulfillment rank", "\(fulfillmentRank)"),
            KeyComponent("body hash", bodyHash),
            KeyComponent("topic", topic.text),
        ]
    }
}

extension ContentKey: ExplainedKey {
    var components: [KeyComponent] { [KeyComponent("time", at), KeyComponent("content hash", content)] }
}

extension Fulfillment.Key: ExplainedKey {
    var components: [KeyComponent] {
        [
            KeyComponent("updated_at", updatedAt), KeyComponent("triggered_at", triggeredAt),
            KeyComponent("body hash", bodyHash),
        ]
    }
}

extension Hold.Key: ExplainedKey {
    var components: [KeyComponent] {
        [
            KeyComponent("time", at), KeyComponent("released", released ? "yes" : "no"), KeyComponent("body hash", bodyHash),
        ]
    }
}

extension OperatorEdit.Key: ExplainedKey {
    var components: [KeyComponent] {
        [
            KeyComponent("edited_at", editedAt), KeyComponent("editor", editor.text), KeyComponent("edit id", editID.text),
            KeyComponent("body hash", bodyHash),
        ]
    }
}

extension Label.Key: ExplainedKey {
    var components: [KeyComponent] { [KeyComponent("attempt", "\(attempt)"), KeyComponent("body hash", bodyHash)] }
}

extension LabelEnd.Key: ExplainedKey {
    var components: [KeyComponent] {
        [KeyComponent("attempt", "\(attempt)"), KeyComponent("returned", kind == .returned ? "yes" : "no")]
    }
}
