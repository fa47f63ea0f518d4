import Orders

/// An explanation for a terminal.
extension Explanation {
    /// Losers named under each field; the rest is counted.
    private static let shownLosses = 3
    private static let shownValue = 100

    func report(of order: OrderID) -> String {
        var lines = ["Order \(order)", "  \(eventCounts)", ""]
        lines += booking.reasons
        if booking.bookable { lines.append("Nothing speaks against booking it.") }
        if !anomalies.isEmpty {
            lines += ["", "Anomalies"] + anomalies.map { "  ⚠ \($0.kind.rawValue): \($0.detail)" }
        }
        lines += ["", "Fields"] + fields.flatMap(Self.lines)
        if !asides.isEmpty {
            lines += ["", "Set aside"] + asides.map { "  \($0.status)  \(Self.name($0.event)): \($0.why)" }
            if asideCount > asides.count { lines.append("  and \(asideCount - asides.count) more") }
        }
        return lines.joined(separator: "\n")
    }

    private var eventCounts: String {
        let ends = EventAccount.End.allCases.compactMap { end in counts.byEnd[end].map { "\($0) \(end.rawValue)" } }
        let unread = counts.read < counts.events ? "; the newest \(counts.read) are explained" : ""
        let duplicates = counted(counts.duplicates, "duplicate delivery", "duplicate deliveries")
        return "\(counted(counts.events, "event")) (\(ends.joined(separator: ", "))), \(duplicates)\(unread)"
    }

    private static func lines(_ field: Field) -> [String] {
        var lines = ["  \(field.name)  \(value(field.value))"]
        if let setBy = field.setBy { lines.append("      ← \(name(setBy.event)): \(setBy.reason)") }
        for loss in field.lost.prefix(shownLosses) {
            let said = loss.said.map { " said \(value($0));" } ?? ""
            lines.append("      ✗ \(name(loss.event)):\(said) \(loss.why)")
        }
        let rest = field.lostCount - min(field.lost.count, shownLosses)
        if rest > 0 { lines.append("      ✗ and \(rest) more") }
        return lines
    }

    private static func value(_ value: FieldValue?) -> String {
        guard let text = value?.text else { return "–" }
        return text.count > shownValue ? text.prefix(shownValue) + "…" : text
    }

    private static func name(_ event: EventReference) -> String {
        "\(event.topic) of \(event.occurredAt) (\(event.source) \(event.id))"
    }
}
