import HTTPServing
import Orders

/// Reads the fields of a JSON object and collects what is wrong with all of them.
struct InputReader {
    private let root: JSONValue
    private var faults: [Refusal.FieldFault] = []

    init(_ body: [UInt8]) throws(Refusal) {
        do {
            root = try JSONDocument(parsing: body).root
        } catch {
            throw .invalid([("body", "is not valid JSON: \(error.message)")])
        }
        guard root.isObject else { throw .invalid([("body", "must be a JSON object")]) }
    }

    /// A text that is not empty; blanks at its ends do not count.
    mutating func text(_ field: String, maxLength: Int) -> String {
        guard let text = value(field)?.string else { return fault(field, "must be a text", "") }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty, trimmed.count <= maxLength, trimmed.utf8.count <= 4 * maxLength, !trimmed.hasControlCharacter
        else { return fault(field, "must have 1 to \(maxLength) characters and no control characters", "") }
        return trimmed
    }

    /// A number written without fraction and exponent.
    mutating func integer(_ field: String, in range: ClosedRange<Int64>) -> Int64 {
        guard let number = value(field)?.int64, range.contains(number) else {
            return fault(field, "must be a whole number from \(range.lowerBound) to \(range.upperBound)", range.lowerBound)
        }
        return number
    }

    /// A plain decimal, as a number or as a text; what does not fit into four decimals is refused, not rounded.
    mutating func money(_ field: String, upTo limit: Money) -> Money {
        let decimals = value(field)?.text?.split(separator: ".", maxSplits: 1).dropFirst().first?.utf8.count ?? 0
        guard decimals <= 4, let amount = value(field).flatMap({ Money(json: $0) }), amount >= .zero, amount <= limit else {
            return fault(field, "must be a decimal number from 0 to \(limit) with at most four decimals", .zero)
        }
        return amount
    }

    /// Throws what is wrong with the fields read so far.
    func finish() throws(Refusal) {
        if !faults.isEmpty { throw .invalid(faults) }
    }

    private func value(_ field: String) -> JSONValue? { root[field] }

    private mutating func fault<Value>(_ field: String, _ reason: String, _ value: Value) -> Value {
        faults.append((field, root[field] == nil ? "is missing: it \(reason)" : reason))
        return value
    }
}
