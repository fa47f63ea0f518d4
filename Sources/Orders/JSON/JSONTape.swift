/// One entry of a document's tape: what stands where in the bytes.
///
/// Entries are in document order: a container is its opening entry, its members (key, value, key, value …) or elements, and
/// a closing entry. Three fields share a word: 4 bits of kind, 30 bits of start, 30 bits of reach.
struct JSONTapeEntry: Sendable {
    /// Four bits; not an enum, because looking one up by its number is what reading a document does most.
    struct Kind: Equatable, Sendable {
        let rawValue: UInt64

        static var null: Kind { Kind(rawValue: 0) }
        static var bool: Kind { Kind(rawValue: 1) }
        static var number: Kind { Kind(rawValue: 2) }
        static var string: Kind { Kind(rawValue: 3) }
        static var escapedString: Kind { Kind(rawValue: 4) }
        static var array: Kind { Kind(rawValue: 5) }
        static var object: Kind { Kind(rawValue: 6) }
        static var end: Kind { Kind(rawValue: 7) }
    }

    private let word: UInt64

    init(_ kind: Kind, start: Int, reach: Int) {
        word = kind.rawValue << 60 | UInt64(truncatingIfNeeded: start) << 30 | UInt64(truncatingIfNeeded: reach)
    }

    var kind: Kind { Kind(rawValue: word >> 60) }

    /// The first byte; of a string, the one after the quote.
    var start: Int { Int(word >> 30 & 0x3FFF_FFFF) }

    /// Of a scalar the byte after its last (of a string the closing quote); of a container the index of its closing entry;
    /// of a closing entry the index of the opening one.
    var reach: Int { Int(word & 0x3FFF_FFFF) }

    var isContainer: Bool { kind == .array || kind == .object }
}
