/// One entry of a document's tape: what stands where in the bytes.
///
/// Entries are in document order: a container is its opening entry, its members (key, value, key, value …) or elements, and
/// a closing entry. Three fields share a word: 4 bits of kind, 30 bits of start, 30 bits of reach.
struct JSONTapeEntry: Sendable {
    enum Kind: UInt64 {
        case null, bool, number, string, escapedString, array, object, end
    }

    private let word: UInt64

    init(_ kind: Kind, start: Int, reach: Int) {
        word = kind.rawValue << 60 | UInt64(truncatingIfNeeded: start) << 30 | UInt64(truncatingIfNeeded: reach)
    }

    var kind: Kind { Kind(rawValue: word >> 60) ?? .null }

    /// The first byte; of a string, the one after the quote.
    var start: Int { Int(word >> 30 & 0x3FFF_FFFF) }

    /// Of a scalar the byte after its last (of a string the closing quote); of a container the index of its closing entry;
    /// of a closing entry the index of the opening one.
    var reach: Int { Int(word & 0x3FFF_FFFF) }

    var isContainer: Bool { word >> 60 == Kind.array.rawValue || word >> 60 == Kind.object.rawValue }
}
