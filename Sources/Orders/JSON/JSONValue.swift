/// One value of a document; it keeps the document alive.
package struct JSONValue: Sendable {
    /// The six kinds of JSON.
    package enum Kind: Hashable, Sendable {
        case null, bool, number, string, array, object
    }

    let storage: JSONDocument.Storage
    let index: Int

    var entry: JSONTapeEntry { storage.tape[index] }

    /// What the value is.
    package var kind: Kind {
        switch entry.kind {
        case .bool: .bool
        case .number: .number
        case .string, .escapedString: .string
        case .array: .array
        case .object: .object
        default: .null
        }
    }

    /// Whether it is `null`.
    package var isNull: Bool { kind == .null }

    /// Whether it has members.
    package var isObject: Bool { kind == .object }

    /// `true` or `false`; nil for any other kind.
    package var bool: Bool? {
        kind == .bool ? storage.bytes[entry.start] == UInt8(ascii: "t") : nil
    }

    /// A string without its escapes; U+0000, which PostgreSQL cannot hold, and lone surrogates become U+FFFD.
    package var string: String? {
        kind == .string ? JSONText.decode(entry, of: storage.bytes) : nil
    }

    /// A string, or a number as it is written: ids come as either.
    package var text: String? {
        switch kind {
        case .string: string
        case .number: String(decoding: rawBytes, as: UTF8.self)
        default: nil
        }
    }

    /// A number written without fraction and exponent that fits.
    package var int64: Int64? {
        kind == .number ? Int64(String(decoding: rawBytes, as: UTF8.self)) : nil
    }

    /// The value as it stands in the document, with the quotes of a string.
    package var rawBytes: ArraySlice<UInt8> {
        let entry = entry
        switch entry.kind {
        case .array, .object: return storage.bytes[entry.start...storage.tape[entry.reach].start]
        case .string, .escapedString: return storage.bytes[entry.start - 1...entry.reach]
        default: return storage.bytes[entry.start..<entry.reach]
        }
    }

    /// The value of the last member with this key; nil for anything but an object.
    package subscript(_ key: String) -> JSONValue? {
        guard entry.kind == .object else { return nil }
        let name = key.utf8.span
        var found: Int?
        var next = index + 1
        while next < entry.reach {
            if JSONText.equals(storage.tape[next], of: storage.bytes, name) { found = next + 1 }
            next = storage.indexAfter(next + 1)
        }
        return found.map { JSONValue(storage: storage, index: $0) }
    }
}

extension JSONDocument.Storage {
    /// Where the value behind the one at `index` begins.
    func indexAfter(_ index: Int) -> Int {
        let entry = tape[index]
        return entry.isContainer ? entry.reach + 1 : index + 1
    }
}
