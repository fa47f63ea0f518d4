/// A line of a CSV file (RFC 4180).
enum CSVRow {
    /// A spreadsheet takes a cell that begins with one of these for a formula, so a quote is put in front.
    private static let formulaStarts: Set<UInt8> = Set("=+-@\t\r\n".utf8)
    /// Full-width forms that some spreadsheets take for the same.
    private static let wideStarts: Set<Character> = ["＝", "＋", "－", "＠"]

    static func bytes(_ cells: [ExportColumn.Cell]) -> [UInt8] {
        var line: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            switch cell {
            case .empty: break
            case .number(let number): line += number.utf8
            case .text(let text): line += field(text)
            }
        }
        return line + [0x0D, 0x0A]
    }

    private static func field(_ text: String) -> [UInt8] {
        let startsFormula = text.utf8.first.map(formulaStarts.contains) ?? false || text.first.map(wideStarts.contains) ?? false
        var field = startsFormula ? [UInt8(ascii: "'")] : []
        field += text.utf8
        let needsQuotes = startsFormula || field.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") }
        guard needsQuotes else { return field }
        let quote = UInt8(ascii: "\"")
        return [quote] + field.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
    }

    /// So that spreadsheets read UTF-8.
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
