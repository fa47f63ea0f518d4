/// What a benchmark found: the machine, the settings, the figures, and whether everything was delivered.
package struct BenchReport: Sendable {
    /// Something about the machine, its software or its settings.
    package struct Fact: Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var facts: [Fact]
    package var measurements: [Measurement] = []
    package var assertions: [Assertion] = []

    package init(facts: [Fact]) {
        self.facts = facts
    }

    /// The facts as aligned text.
    package var factsText: String {
        let width = facts.map(\.name.count).max() ?? 0
        return facts.map { "  " + $0.name.padded(to: width) + "  " + $0.value }.joined(separator: "\n")
    }

    /// The figures as a Markdown table, so that it can be pasted into the documents.
    package var figuresText: String {
        let header = ["figure", "median", "unit", "goal", "", "values"]
        let rows = measurements.map { figure in
            [
                figure.name, Figures.number(figure.median), figure.unit, figure.goal?.text ?? "",
                figure.goal.map { $0.isReached(by: figure.median) ? "✓" : "✗" } ?? "",
                figure.values.map(Figures.number).joined(separator: " / "),
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        let line = { (cells: [String]) in
            "| " + cells.enumerated().map { $1.padded(to: widths[$0]) }.joined(separator: " | ") + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
