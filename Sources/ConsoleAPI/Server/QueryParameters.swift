import FoundationEssentials
import Orders

/// The part of the URL behind the question mark, checked.
struct QueryParameters: Sendable {
    /// Most parameters one request may have.
    private static let maxCount = 1_100
    private let values: [String: [String]]

    /// Throws when a name is not known, or something is not percent-encoded UTF-8.
    init(_ text: String?, known: Set<String>) throws {
        var values: [String: [String]] = [:]
        let pairs = (text ?? "").split(separator: "&")
        guard pairs.count <= Self.maxCount else { throw APIError(.invalidInput, "There are too many parameters.") }
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                throw APIError(.invalidInput, "The parameters are not percent-encoded UTF-8.")
            }
            guard known.contains(name) else { throw APIError.invalid(name, "The parameter \(name.prefix(40)) is not known.") }
            values[name, default: []].append(value)
        }
        self.values = values
    }

    var isEmpty: Bool { values.isEmpty }

    /// One text of at most so many Unicode scalars; an empty one counts as not given.
    func text(_ name: String, atMost length: Int) throws -> String? {
        try single(name, atMost: length).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every value of a name; empty ones count as not given.
    func texts(_ name: String, atMost count: Int = 20) throws -> [String] {
        try all(name, atMost: count).filter { !$0.isEmpty }
    }

    private func single(_ name: String, atMost length: Int) throws -> String? {
        guard let all = values[name] else { return nil }
        guard all.count == 1 else { throw APIError.invalid(name, "\(name) may be given once.") }
        guard all[0].unicodeScalars.count <= length, !all[0].utf8.contains(0) else {
            throw APIError.invalid(name, "\(name) must have at most \(length) characters.")
        }
        return all[0]
    }

    private func all(_ name: String, atMost count: Int) throws -> [String] {
        let all = values[name] ?? []
        guard all.count <= count, all.allSatisfy({ $0.unicodeScalars.count <= 200 && !$0.utf8.contains(0) }) else {
            throw APIError.invalid(name, "\(name) may be given at most \(count) times, with 200 characters each.")
        }
        return all
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = try single(name, atMost: 20) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw APIError.invalid(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func flag(_ name: String) throws -> Bool? {
        switch try single(name, atMost: 10) {
        case nil: nil
        case "true": true
        case "false": false
        default: throw APIError.invalid(name, "\(name) must be true or false.")
        }
    }

    func instant(_ name: String) throws -> Instant? {
        guard let text = try single(name, atMost: 40) else { return nil }
        guard let instant = Instant(iso8601: text) else {
            throw APIError.invalid(name, "\(name) must be a time such as 2026-01-18T17:00:00Z.")
        }
        return instant
    }

    func choice<Choice: CaseIterable & RawRepresentable<String>>(_ name: String, _: Choice.Type) throws -> Choice? {
        guard let text = try single(name, atMost: 100) else { return nil }
        guard let choice = Choice(rawValue: text) else { throw Self.notOneOf(name, Choice.self) }
        return choice
    }

    func choices<Choice: CaseIterable & RawRepresentable<String>>(_ name: String, _: Choice.Type) throws -> [Choice] {
        try all(name, atMost: max(20, Choice.allCases.count)).map { text in
            guard let choice = Choice(rawValue: text) else { throw Self.notOneOf(name, Choice.self) }
            return choice
        }
    }

    func uuids(_ name: String, atMost count: Int) throws -> [UUID] {
        try all(name, atMost: count).map { text in
            guard let uuid = UUID(uuidString: text) else { throw APIError.invalid(name, "\(name) must be UUIDs.") }
            return uuid
        }
    }

    private static func notOneOf<Choice: CaseIterable & RawRepresentable<String>>(_ name: String, _: Choice.Type) -> APIError {
        APIError.invalid(name, "\(name) must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
    }

    private static func decoded(_ text: Substring) -> String? {
        PercentEncoding.decode(text, plusIsSpace: true)
    }
}

/// Where a page ends and the next begins; opaque to clients.
struct PageCursor: Sendable, Equatable {
    /// The sort key and the id of the last row, as text.
    var parts: [String]

    init(_ parts: [String]) {
        self.parts = parts
    }

    /// From a parameter; throws when it is none of ours.
    init?(_ query: QueryParameters, count: Int) throws {
        guard let text = try query.text("cursor", atMost: 400) else { return nil }
        let bytes = Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/").padded)
        let parts = bytes.flatMap { String(bytes: $0, encoding: .utf8) }?
            .split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
        guard let parts, parts.count == count else { throw APIError.invalid("cursor", "The cursor is none of ours.") }
        self.parts = parts
    }

    var text: String {
        Data(parts.joined(separator: "\u{1F}").utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    static let invalid = APIError.invalid("cursor", "The cursor is none of ours.")

    /// Microseconds since 1970 within the years that PostgreSQL and we both know: a client may have changed what we made.
    func time(_ part: Int) throws -> Int64 {
        guard let time = Int64(parts[part]), Self.times.contains(time) else { throw Self.invalid }
        return time
    }

    func integer(_ part: Int) throws -> Int64 {
        guard let number = Int64(parts[part]) else { throw Self.invalid }
        return number
    }

    func uuid(_ part: Int) throws -> UUID {
        guard let uuid = UUID(uuidString: parts[part]) else { throw Self.invalid }
        return uuid
    }

    /// The years 1 to 9999.
    private static let times: Range<Int64> = -62_135_596_800_000_000..<253_402_300_800_000_000
}

extension String {
    fileprivate var padded: String { self + String(repeating: "=", count: (4 - count % 4) % 4) }
}
