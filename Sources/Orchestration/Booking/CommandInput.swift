import Orders

/// What a job says: the intent and the attempt it is about. Everything else is read when its turn comes.
package struct CommandInput: Sendable, Equatable {
    /// `book`, `cancel`, `return`, `check`, or a `ShopNotification.Intent`.
    package var intent: String
    package var attempt: Int32

    package init(attempt: Int32, intent: String) {
        self.attempt = attempt
        self.intent = intent
    }

    static let check = "check"

    /// Nil for an input that is none.
    package init?(decoding bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes).root, let intent = root.text("intent"),
            let attempt = root.integer("attempt").flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init(attempt: attempt, intent: intent)
    }

    /// Canonical JSON.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("attempt", Int64(attempt))
        writer.member("intent", intent)
        writer.endObject()
        return writer.bytes
    }
}
