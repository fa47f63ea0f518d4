package import Orders

/// What a job says: the intent and the attempt it is about. Everything else is read when its turn comes.
package struct CommandInput: Sendable, Equatable {
    /// What is to be done about the attempt.
    package enum Intent: Sendable, Equatable {
        case book
        case cancel
        case returnParcel
        /// Look for a label that came late.
        case check
        case notify(ShopNotification.Intent)
    }

    package var intent: Intent
    package var attempt: Int32

    package init(attempt: Int32, intent: Intent) {
        self.attempt = attempt
        self.intent = intent
    }

    /// Nil for an input that is none.
    package init?(decoding bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes).root, let intent = root.text("intent").flatMap(Intent.init),
            let attempt = root.integer("attempt").flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init(attempt: attempt, intent: intent)
    }

    /// Canonical JSON.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("attempt", Int64(attempt))
        writer.member("intent", intent.text)
        writer.endObject()
        return writer.bytes
    }
}

extension CommandInput.Intent {
    /// As it is stored.
    package var text: String {
        switch self {
        case .book: "book"
        case .cancel: "cancel"
        case .returnParcel: "return"
        case .check: "check"
        case .notify(let intent): intent.rawValue
        }
    }

    package init?(_ text: String) {
        switch text {
        case "book": self = .book
        case "cancel": self = .cancel
        case "return": self = .returnParcel
        case "check": self = .check
        default:
            guard let intent = ShopNotification.Intent(rawValue: text) else { return nil }
            self = .notify(intent)
        }
    }

    /// What the shop is to be told; nil for a command to a courier.
    package var notification: ShopNotification.Intent? {
        if case .notify(let intent) = self { intent } else { nil }
    }
}
