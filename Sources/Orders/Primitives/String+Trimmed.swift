extension String {
    /// The text without white space at either end.
    package var trimmed: String {
        if let first = utf8.first, let last = utf8.last, Self.isPlain(first), Self.isPlain(last) { return self }
        guard let first = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(unicodeScalars[first...last])
    }

    /// Whether a control character, or what stands for one after decoding, is in it.
    package var hasControlCharacter: Bool {
        if utf8.allSatisfy({ $0 == 0x20 || Self.isPlain($0) }) { return false }
        return unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{FFFD}" }
    }

    /// Visible ASCII, which the Unicode tables need not be asked about.
    private static func isPlain(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}
