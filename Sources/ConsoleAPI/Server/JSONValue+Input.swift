import FoundationEssentials
import Orders

/// Members of a request's body, checked.
extension JSONValue {
    /// Refuses members that mean nothing: a typing error must not pass for a wish.
    func refuseOthers(than known: Set<String>) throws {
        for (key, _) in members where !known.contains(key) {
            throw APIError.invalid(key, "The member \(key.prefix(40)) is not known.")
        }
    }

    /// A text of so many Unicode scalars; nil when it is absent.
    func input(_ key: String, _ length: ClosedRange<Int>) throws -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.string, length.contains(text.unicodeScalars.count) else {
            throw APIError.invalid(key, "\(key) must be a text of \(length.lowerBound) to \(length.upperBound) characters.")
        }
        return text
    }

    /// A text that must be there.
    func required(_ key: String, _ length: ClosedRange<Int>) throws -> String {
        guard let text = try input(key, length) else { throw APIError.invalid(key, "\(key) is missing.") }
        return text
    }

    /// A truth value; nil when it is absent.
    func inputFlag(_ key: String) throws -> Bool? {
        guard let value = self[key] else { return nil }
        guard let flag = value.bool else { throw APIError.invalid(key, "\(key) must be true or false.") }
        return flag
    }

    /// A whole number within a range; nil when it is absent.
    func inputInteger(_ key: String, _ range: ClosedRange<Int64>) throws -> Int64? {
        guard let value = self[key] else { return nil }
        guard let number = value.wholeNumber, range.contains(number) else {
            throw APIError.invalid(key, "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// A time; nil when it is absent.
    func inputInstant(_ key: String) throws -> Instant? {
        guard let text = try input(key, 0...40) else { return nil }
        guard let instant = Instant(iso8601: text) else {
            throw APIError.invalid(key, "\(key) must be a time such as 2026-01-18T17:00:00Z.")
        }
        return instant
    }

    /// JSON Schema takes 5.0 for a whole number, and some clients write one so.
    private var wholeNumber: Int64? {
        int64 ?? (kind == .number ? text.flatMap(Double.init).flatMap(Int64.init(exactly:)) : nil)
    }

    /// One of the words of an enumeration; nil when it is absent.
    func inputChoice<Choice: CaseIterable & RawRepresentable<String>>(_ key: String, _: Choice.Type) throws -> Choice? {
        guard let value = self[key] else { return nil }
        guard let choice = value.string.flatMap({ Choice(rawValue: $0) }) else {
            throw APIError.invalid(key, "\(key) must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }

    /// Texts that a filter allows; none when the member is absent. A list of none, or an empty text, is refused: it would not be told
    /// from a filter that allows all.
    func inputTexts(_ key: String, atMost count: Int) throws -> [String] {
        guard let value = self[key] else { return [] }
        guard value.kind == .array else { throw APIError.invalid(key, "\(key) must be an array.") }
        let texts = value.elements.map(\.string)
        guard (1...count).contains(texts.count),
            texts.allSatisfy({ $0.map { (1...200).contains($0.unicodeScalars.count) } ?? false })
        else {
            throw APIError.invalid(key, "\(key) must be 1 to \(count) texts of 1 to 200 characters.")
        }
        return texts.compactMap(\.self)
    }
}
