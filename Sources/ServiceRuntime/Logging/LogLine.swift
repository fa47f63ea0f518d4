import Logging

/// One log event as one line of text; nothing a sender puts into a value can start a second line.
struct LogLine {
    var timestamp: String
    var level: Logger.Level
    var label: String
    var message: String
    var metadata: Logger.Metadata

    /// `timestamp level message key=value …`, keys sorted; values with spaces, quotes or control characters are quoted.
    var text: String {
        let level = level.rawValue + String(repeating: " ", count: max(0, 8 - level.rawValue.count))
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \(Self.bare($0.key))=\(Self.bare(Self.plain($0.value)))" }
        return "\(timestamp) \(level) \(Self.escaped(message))\(pairs.joined())\n"
    }

    /// One JSON object: `time`, `level`, `logger`, `message`, then the metadata under its own keys.
    var json: String {
        let fixed = [("time", timestamp), ("level", level.rawValue), ("logger", label), ("message", message)]
        let names = Set(fixed.map(\.0))
        let members = fixed.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }
        let pairs = metadata.sorted { $0.key < $1.key }.map { key, value in
            "\(JSONText.quoted(names.contains(key) ? "metadata.\(key)" : key)):\(Self.json(value))"
        }
        return "{\((members + pairs).joined(separator: ","))}\n"
    }

    private static func plain(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array, .dictionary: json(value)
        }
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): JSONText.quoted(text)
        case .stringConvertible(let value): JSONText.quoted(value.description)
        case .array(let values): "[\(values.map(json).joined(separator: ","))]"
        case .dictionary(let values):
            "{\(values.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\(json($0.value))" }.joined(separator: ","))}"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.contains(where: \.isLineControl) ? String(JSONText.quoted(text).dropFirst().dropLast()) : text
    }

    private static func bare(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty || text.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0.isLineControl }
        return needsQuotes ? JSONText.quoted(text) : text
    }
}
