/// Words that find an order, made the same way for what is stored and for what is asked.
///
/// A word with a digit is a number of some kind: its beginnings are found by B-trees. Other words are found by an inverted index
/// that has every beginning of a word as a word of its own: what a search costs is bounded by how many orders have its words, not
/// by how many different words begin like them.
struct OrderSearch: Sendable, Equatable {
    /// Words of one search that count.
    private static let maxWords = 8
    /// Longest word that is kept.
    private static let maxLength = 100
    /// Words of one order that are kept.
    static let maxKept = 64
    /// Longest beginning of a word that is a word of the index.
    private static let maxBeginning = 12

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
            .filter { word in word.contains { !"@._+-".contains($0) } && seen.insert(word).inserted }
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

    /// All words but the `number`, as beginnings, as a `tsquery`; nil when there are no others.
    var prefixQuery: String? {
        let number = words.firstIndex(where: Self.isNumber)
        let others = words.indices.filter { $0 != number }.map { "\(Self.quoted(words[$0])):*" }
        return others.isEmpty ? nil : others.joined(separator: " & ")
    }

    /// As a `tsquery` over what `indexed` makes: the first number as a whole word, or all words as beginnings.
    var indexQuery: String {
        if let number = words.first(where: Self.isNumber) { return Self.quoted(number) }
        return words.map { $0.count <= Self.maxBeginning ? Self.quoted($0) : "\(Self.quoted($0)):*" }.joined(separator: " & ")
    }

    /// What the inverted index has of an order's words: their beginnings up to the first digit, and whole words that those do not
    /// cover.
    static func indexed(_ words: some Sequence<String>) -> Set<String> {
        var indexed: Set<String> = []
        for word in words {
            let letters = word.prefix { !isDigit($0) }.prefix(maxBeginning)
            var end = letters.startIndex
            while end < letters.endIndex {
                letters.formIndex(after: &end)
                indexed.insert(String(letters[..<end]))
            }
            if letters.endIndex < word.endIndex { indexed.insert(word) }
        }
        return indexed
    }

    private static func isNumber(_ word: String) -> Bool { word.contains(where: isDigit) }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func quoted(_ word: String) -> String {
        "'\(word.replacing("\\", with: "\\\\").replacing("'", with: "''"))'"
    }
}
