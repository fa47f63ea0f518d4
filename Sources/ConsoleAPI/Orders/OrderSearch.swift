/// Words that find an order, made the same way for what is stored and for what is asked.
///
/// A word with a digit is a number of some kind: its beginnings are found by B-trees, which stop at a limit even when a million
/// numbers begin alike. Other words are found by an inverted index.
struct OrderSearch: Sendable, Equatable {
    /// Words of one search that count.
    private static let maxWords = 8
    /// Longest word that is kept.
    private static let maxLength = 100
    /// Words of one order that are kept.
    static let maxKept = 64

    /// In lower case, each once.
    let words: [String]

    /// Nil without a word.
    init?(_ text: String) {
        let words = Self.words(text)
        guard !words.isEmpty else { return nil }
        self.words = Array(words.prefix(Self.maxWords))
    }

    /// The words of a text in lower case, each once, in their order.
    static func words(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.lowercased().split(whereSeparator: isSeparator).map { String($0.prefix(maxLength)) }
            .filter { seen.insert($0).inserted }
    }

    private static func isSeparator(_ character: Character) -> Bool {
        if character.isWhitespace { return true }
        guard let scalar = character.unicodeScalars.first, scalar.isASCII else { return false }
        // What belongs to numbers, names and mail addresses stays.
        return !(scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "@._+-".unicodeScalars.contains(scalar))
    }

    /// The range of the numbers that begin with the first word that is one.
    var number: (first: String, afterLast: String)? {
        words.first(where: Self.isNumber).map { ($0, $0 + "\u{10FFFF}") }
    }

    /// All words as beginnings, as a `tsquery`.
    var prefixQuery: String {
        words.map { "\(Self.quoted($0)):*" }.joined(separator: " & ")
    }

    /// The first number as a whole word, as a `tsquery`.
    var exactQuery: String? {
        words.first(where: Self.isNumber).map(Self.quoted)
    }

    private static func isNumber(_ word: String) -> Bool {
        word.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func quoted(_ word: String) -> String {
        "'\(word.replacing("\\", with: "\\\\").replacing("'", with: "''"))'"
    }
}
