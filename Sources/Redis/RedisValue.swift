/// A reply of the server (RESP2); nested arrays are at most seven levels deep.
package enum RedisValue: Sendable, Equatable {
    case status(String)
    /// An error reply, such as `WRONGTYPE Operation against a key holding the wrong kind of value`.
    case error(String)
    case integer(Int64)
    case bytes([UInt8])
    case array([RedisValue])
    case null
}

extension RedisValue {
    /// The text of a status or of bytes; invalid UTF-8 is repaired, other kinds give `nil`.
    package var string: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .error, .integer, .array, .null: nil
        }
    }

    /// The number of an integer reply, or of bytes that spell one.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .bytes, .status: string.flatMap { Int64($0) }
        case .error, .array, .null: nil
        }
    }

    package var array: [RedisValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// Whether a server refused a write because it is a replica.
    var isReadOnlyError: Bool {
        if case .error(let message) = self { message.hasPrefix("READONLY") } else { false }
    }
}

/// Decoding that throws `.protocolViolation`, because a reply of another kind is not the command's reply.
extension RedisValue {
    func requireString() throws(RedisError) -> String {
        guard let string else { throw unexpected("text") }
        return string
    }

    func requireInteger() throws(RedisError) -> Int {
        guard let integer else { throw unexpected("an integer") }
        return Int(integer)
    }

    func requireArray(count: Int = 0) throws(RedisError) -> [RedisValue] {
        guard let array, array.count >= count else { throw unexpected("an array of at least \(count)") }
        return array
    }

    func unexpected(_ wanted: String) -> RedisError {
        let kind =
            switch self {
            case .status: "a status"
            case .error(let message): "the error '\(message)'"
            case .integer: "an integer"
            case .bytes(let bytes): "\(bytes.count) bytes"
            case .array(let values): "an array of \(values.count)"
            case .null: "null"
            }
        return RedisError(.protocolViolation, "expected \(wanted), received \(kind)")
    }
}
