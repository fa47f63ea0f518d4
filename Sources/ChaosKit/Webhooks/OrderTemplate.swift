/// A JSON body with places to fill in, cut once and then filled fast.
///
/// The text is valid JSON; a place is the string `"{{name}}"`, which is replaced together with its quotes.
struct OrderTemplate: Sendable {
    private enum Piece: Sendable {
        case bytes([UInt8])
        case place(String)
    }

    private let pieces: [Piece]

    /// - Parameter bytes: the UTF-8 of the text; white space at its end is cut off.
    init(_ bytes: [UInt8]) {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while rest.last?.isWhitespace == true { rest.removeLast() }
        var pieces: [Piece] = []
        while let opening = rest.firstRange(of: "\"{{"), let closing = rest[opening.upperBound...].firstRange(of: "}}\"") {
            pieces.append(.bytes(Array(rest[..<opening.lowerBound].utf8)))
            pieces.append(.place(String(rest[opening.upperBound..<closing.lowerBound])))
            rest = rest[closing.upperBound...]
        }
        pieces.append(.bytes(Array(rest.utf8)))
        self.pieces = pieces
    }

    /// The body with JSON values in its places; a place without a value becomes `null`.
    func filled(_ values: [String: String]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4_096)
        for piece in pieces {
            switch piece {
            case .bytes(let literal): bytes += literal
            case .place(let name): bytes += (values[name] ?? "null").utf8
            }
        }
        return bytes
    }

    /// About 130 bytes.
    static let minimalOrder = OrderTemplate(
        Array(
            """
            {"id":"{{id}}","updated_at":"{{updated_at}}","cancelled_at":"{{cancelled_at}}",\
            "financial_status":"{{financial_status}}","total_price":"{{total_price}}"}
            """.utf8
        )
    )
    /// About 2.5 to 3.6 KB with one to three lines.
    static let reducedOrder = OrderTemplate(PackageResources.reduced_order_json)
    /// About 8.7 to 10.9 KB with two to four lines: every field that Shopify sends.
    static let fullOrder = OrderTemplate(PackageResources.full_order_json)
    static let reducedLine = OrderTemplate(PackageResources.reduced_line_json)
    static let fullLine = OrderTemplate(PackageResources.full_line_json)
}
