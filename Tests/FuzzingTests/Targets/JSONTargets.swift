import Orders

extension FuzzTarget {
    /// The reader: every text is read or refused at a byte of it, and what is written of it is read as the same.
    static let json = FuzzTarget(name: "json", dictionary: JSONWords.all) { bytes in
        let tight = JSONLimits(maxBytes: 96, maxDepth: 4, maxNodes: 12)
        if (try? JSONDocument(parsing: bytes, limits: tight)) != nil {
            try hold(bytes.count <= tight.maxBytes, "a text over the limit is read")
        }
        do {
            let document = try JSONDocument(parsing: bytes)
            let canonical = document.root.canonicalJSON
            let again = try JSONDocument(parsing: canonical)
            try hold(again.root.canonicalJSON == canonical, "canonical JSON is not its own canonical form")
            try hold(again.root.kind == document.root.kind, "the kind changes when it is written")
            let values = JSONWords.count(document.root)
            try hold(values <= JSONLimits.webhook.maxNodes, "a text with too many values is read")
            return "\(document.root.kind) \(min(values, 8))"
        } catch let error as JSONError {
            try hold((0...bytes.count).contains(error.offset), "the error points outside of the text: \(error)")
            do {
                _ = try JSONDocument(parsing: bytes)
                throw FuzzFailure("the same text is refused and read")
            } catch let second as JSONError {
                try hold(second == error, "the same text is refused in two ways")
            }
            try hold(error.message.utf8.count < 200, "the error is as long as the text")
            return error.code.rawValue
        }
    }

    /// Stored registers: damaged ones are refused, and what is read is written as it was.
    static let state = FuzzTarget(name: "state", dictionary: JSONWords.all) { bytes in
        guard let state = try? OrderState(decoding: bytes) else { return "refused" }
        let encoded = state.encoded()
        let again = try OrderState(decoding: encoded)
        try hold(again.encoded() == encoded, "registers are not written as they were read")
        try FactChecks.shown(state)
        return "read \(state.isHydrated)"
    }

    /// Scrubbing keeps a body readable and leaves nothing to scrub.
    static let redaction = FuzzTarget(name: "redaction", dictionary: JSONWords.all + ["\"email\":\"a@b.c\""]) { bytes in
        let scrubbed = Redaction.scrub(bytes)
        let document = try JSONDocument(parsing: scrubbed)
        try hold(Redaction.scrub(scrubbed) == scrubbed, "scrubbing twice is not scrubbing once")
        try hold(document.root["email"]?.isNull ?? true, "an address survives")
        for topic in ["customers/redact", "shop/redact"] {
            _ = Redaction(topic: topic, in: document, shop: "a.myshopify.com")
            _ = Redaction.customer(topic: topic, in: document)
        }
        return "\(document.root.kind)"
    }
}

enum JSONWords {
    static let all = [
        "null", "true", "-0", "1e308", "-1.5E-9", "9223372036854775808", "\"\\u0000\"", "\"\\ud800\"", "\\uDBFF\\uDFFF", "\"\"",
        "[]", "{}", "[[[[[[", "{\"a\":", ",", ":", "\\\"", "\u{FEFF}", "\u{2028}", "e\u{301}",
    ]

    /// Values of a document, keys aside.
    static func count(_ value: JSONValue) -> Int {
        var count = 1
        for element in value.elements { count += Self.count(element) }
        for (_, member) in value.members { count += Self.count(member) }
        return count
    }
}
