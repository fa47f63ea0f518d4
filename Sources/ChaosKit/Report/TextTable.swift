/// Rows of cells as text with aligned columns; numbers stand at the right.
package struct TextTable: Sendable {
    private var rows: [[String]] = []

    package init(_ rows: [[String]] = []) {
        self.rows = rows
    }

    /// Adds a row.
    package mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    /// The lines, each indented by two spaces.
    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
