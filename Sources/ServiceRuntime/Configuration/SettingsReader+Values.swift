/// The kinds of values a setting can have; `defaultNote` replaces the default in the documentation where it is computed.
extension SettingsReader {
    /// A whole number within a range.
    package mutating func int(
        _ key: String,
        default defaultValue: Int,
        in range: ClosedRange<Int>,
        unit: String = "",
        defaultNote: String? = nil,
        _ sentence: String
    ) -> Int {
        let noun = unit.isEmpty ? "a whole number" : "a whole number of \(unit)"
        let setting = Setting(
            key: key,
            kind: "integer",
            allowed: "\(noun) from \(range.lowerBound) to \(range.upperBound)",
            defaultText: defaultNote ?? String(defaultValue),
            sentence: sentence
        )
        return read(setting, shown: { String($0) }, parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } })
            ?? defaultValue
    }

    /// A length of time given in whole milliseconds; the key ends in `_MS`.
    package mutating func duration(
        milliseconds key: String,
        default defaultValue: Int,
        in range: ClosedRange<Int>,
        defaultNote: String? = nil,
        _ sentence: String
    ) -> Duration {
        .milliseconds(int(key, default: defaultValue, in: range, unit: "milliseconds", defaultNote: defaultNote, sentence))
    }

    /// One of the cases of an enumeration, written as its raw value.
    package mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String,
        default defaultValue: Choice,
        defaultNote: String? = nil,
        _ sentence: String
    ) -> Choice {
        let setting = Setting(
            key: key,
            kind: "choice",
            allowed: "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))",
            defaultText: defaultNote ?? defaultValue.rawValue,
            sentence: sentence
        )
        return read(setting, shown: \.rawValue, parse: { Choice(rawValue: $0) }) ?? defaultValue
    }

    /// Yes or no: `true`, `yes`, `on`, `1`, or `false`, `no`, `off`, `0`.
    package mutating func bool(_ key: String, default defaultValue: Bool, _ sentence: String) -> Bool {
        let setting = Setting(
            key: key,
            kind: "boolean",
            allowed: "true, yes, on, 1, or false, no, off, 0",
            defaultText: String(defaultValue),
            sentence: sentence
        )
        let words = ["true": true, "yes": true, "on": true, "1": true, "false": false, "no": false, "off": false, "0": false]
        return read(setting, shown: { String($0) }, parse: { words[$0.lowercased()] }) ?? defaultValue
    }

    /// A text with a default.
    package mutating func string(
        _ key: String,
        default defaultValue: String,
        allowed: String = "",
        where isAllowed: (String) -> Bool = { _ in true },
        _ sentence: String
    ) -> String {
        let setting = Setting(key: key, kind: "text", allowed: allowed, defaultText: defaultValue, sentence: sentence)
        return read(setting, shown: { $0 }, parse: { isAllowed($0) ? $0 : nil }) ?? defaultValue
    }

    /// A text that may be absent.
    package mutating func string(
        _ key: String,
        allowed: String = "",
        where isAllowed: (String) -> Bool = { _ in true },
        _ sentence: String
    ) -> String? {
        let setting = Setting(key: key, kind: "text", allowed: allowed, defaultText: nil, sentence: sentence)
        return read(setting, shown: { $0 }, parse: { isAllowed($0) ? $0 : nil })
    }

    /// An address with one of the schemes; credentials in it are never shown.
    package mutating func url(_ key: String, schemes: [String], defaultNote: String? = nil, _ sentence: String) -> String? {
        let setting = Self.url(key, schemes, defaultNote: defaultNote, sentence)
        let isAllowed = { (text: String) in
            schemes.contains { text.hasPrefix("\($0)://") } && !text.contains { $0.isWhitespace } && URLText.hasUsablePorts(text)
        }
        return read(setting, shown: URLText.withoutCredentials, parse: { isAllowed($0) ? $0 : nil })
    }

    /// An address that somebody else must be able to read: what is wrong with it is the end of the fault's sentence.
    package mutating func url<Address>(
        _ key: String,
        schemes: [String],
        as reading: (String) throws -> Address,
        defaultNote: String? = nil,
        _ sentence: String
    ) -> String? {
        guard let text = url(key, schemes: schemes, defaultNote: defaultNote, sentence) else { return nil }
        do {
            _ = try reading(text)
            return text
        } catch {
            refuse(key, because: "cannot be used: \(error)")
            return nil
        }
    }

    /// Addresses under every set name that starts with the prefix, by what follows it.
    package mutating func urls(
        family prefix: String,
        placeholder: String,
        schemes: [String],
        _ sentence: String
    ) -> [String: String] {
        family(Self.url(prefix + placeholder, schemes, sentence), prefix) { $0.url($1, schemes: schemes, sentence) }
    }

    private static func url(_ key: String, _ schemes: [String], defaultNote: String? = nil, _ sentence: String) -> Setting {
        Setting(
            key: key,
            kind: "URL",
            allowed:
                "a URL that starts with \(schemes.map { "\($0)://" }.joined(separator: " or ")), special characters percent-encoded",
            defaultText: defaultNote,
            sentence: sentence,
            isSecret: true
        )
    }

    /// Texts separated by commas.
    package mutating func list(_ key: String, default defaultValue: [String] = [], _ sentence: String) -> [String] {
        let setting = Setting(
            key: key,
            kind: "list",
            allowed: "texts separated by commas",
            defaultText: defaultValue.isEmpty ? nil : defaultValue.joined(separator: ","),
            sentence: sentence
        )
        return read(setting, shown: { $0.joined(separator: ",") }, parse: Self.elements) ?? defaultValue
    }

    /// A text that is never shown.
    package mutating func secret(_ key: String, _ sentence: String) -> String? {
        read(Self.secret(key, sentence), shown: { _ in Self.hidden }, parse: { $0 })
    }

    /// Texts that are never shown, under every set name that starts with the prefix, by what follows it.
    package mutating func secrets(each prefix: String, placeholder: String, _ sentence: String) -> [String: String] {
        family(Self.secret(prefix + placeholder, sentence), prefix) { $0.secret($1, sentence) }
    }

    private static func secret(_ key: String, _ sentence: String) -> Setting {
        Setting(key: key, kind: "secret", allowed: "", defaultText: nil, sentence: sentence, isSecret: true)
    }

    /// Secrets separated by commas, so that an old and a new one hold together while they are exchanged.
    package mutating func secrets(_ key: String, _ sentence: String) -> [String] {
        readSecrets(key, sentence) ?? []
    }

    /// Lists of secrets under every set name that starts with the prefix, by what follows it.
    package mutating func secrets(family prefix: String, placeholder: String, _ sentence: String) -> [String: [String]] {
        family(Self.secrets(prefix + placeholder, sentence), prefix) { $0.readSecrets($1, sentence) }
    }

    private mutating func readSecrets(_ key: String, _ sentence: String) -> [String]? {
        read(Self.secrets(key, sentence), shown: { "\(Self.hidden) × \($0.count)" }, parse: Self.elements)
    }

    private static func secrets(_ key: String, _ sentence: String) -> Setting {
        Setting(
            key: key,
            kind: "list of secrets",
            allowed: "secrets separated by commas",
            defaultText: nil,
            sentence: sentence,
            isSecret: true
        )
    }

    /// Reads every set name that starts with the prefix, by what follows it.
    private mutating func family<Value>(
        _ setting: Setting,
        _ prefix: String,
        read: (inout SettingsReader, String) -> Value?
    ) -> [String: Value] {
        describe(setting)
        var members: [String: Value] = [:]
        for name in names(startingWith: prefix) { members[String(name.dropFirst(prefix.count))] = read(&self, name) }
        return members
    }

    private static let hidden = "(hidden)"

    private static func elements(_ text: String) -> [String]? {
        let elements = text.split(separator: ",").map { String($0.trimmingSpace()) }.filter { !$0.isEmpty }
        return elements.isEmpty ? nil : elements
    }
}
