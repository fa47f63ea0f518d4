/// What an operator set one field to; the last editor of each field wins.
package struct OperatorEdit: RegisterEntry {
    /// The fields an operator may set.
    package enum Field: String, CaseIterable, Sendable {
        case courier
        case note
        case shippingAddress = "shipping_address"
        case status
        case trackingNumber = "tracking_number"

        /// Whether redaction removes its value.
        package var isPersonal: Bool { self == .note || self == .shippingAddress }
    }

    package let field: Field
    package let key: Key
    package private(set) var value: Value

    package var id: ExactText { ExactText(field.rawValue) }

    package var summary: String { "\(field.rawValue) edited by \(key.editor.text) at \(key.editedAt)" }

    package init(field: Field, key: Key, value: Value) {
        self.field = field
        self.key = key
        self.value = value
    }

    /// Forgets a personal value, not that there was an edit.
    package mutating func redact() {
        if field.isPersonal { value = .leftToSource }
    }

    /// What an operator set, or that the field was handed back.
    package enum Value: Equatable, Sendable {
        /// The operator hands the field back.
        case leftToSource
        case text(String)
        /// Canonical JSON of an address.
        case object([UInt8])
    }

    /// The last editor wins; the same edit id twice falls back on the body.
    package struct Key: Comparable, Sendable {
        package let editedAt: Instant
        package let editor: ExactText
        package let editID: ExactText
        package let bodyHash: Digest

        package static func < (left: Key, right: Key) -> Bool {
            (left.editedAt, left.editor, left.editID, left.bodyHash)
                < (right.editedAt, right.editor, right.editID, right.bodyHash)
        }
    }
}
