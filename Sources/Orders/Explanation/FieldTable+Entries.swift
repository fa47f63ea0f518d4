/// Registers that are maps: one field for each entry.
extension FieldTable {
    /// How many entries of one register are explained; an order keeps more only of what floods it.
    static let maxEntries = 64

    var entries: [Explanation.Field] {
        rows(state.refunds, "refund", Contested.refund) { $0.summary }
            + rows(state.transactions, "transaction", Contested.transaction) { $0.summary }
            + rows(state.fulfillments, "fulfillment", Contested.fulfillment) { $0.summary }
            + rows(state.holds, "hold", Contested.hold) { $0.isOpen ? "open" : "released" }
            + rows(state.labels, "booking", Contested.label) { $0.summary }
            + rows(state.labelEnds, "booking end", Contested.labelEnd) { $0.kind.rawValue }
    }

    private func rows<Entry: RegisterEntry>(
        _ register: LatestByID<Entry>,
        _ kind: String,
        _ contested: (ExactText) -> Contested,
        _ value: (Entry) -> String
    ) -> [Explanation.Field] {
        register.entries.prefix(Self.maxEntries).map { entry in
            Explanation.Field(
                "\(kind) \(entry.id.text)",
                .text(value(entry)),
                setBy: setter(contested(entry.id), entry.summary),
                losses(contested(entry.id))
            )
        }
    }

    /// What only ever turns on, or moves one way.
    var lifecycle: [Explanation.Field] {
        [
            Explanation.Field(
                "cancelled_at",
                FieldValue(state.cancellation?.at.iso8601),
                setBy: setter(.cancellation, "the earliest word of a cancellation; nothing takes one back"),
                losses(.cancellation) { part in
                    if case .cancellation(let cancellation) = part { return FieldValue(cancellation.at.iso8601) }
                    return nil
                }
            ),
            Explanation.Field(
                "cancel_reason",
                FieldValue(state.cancellation?.reason),
                setBy: setter(.cancellation, "said with the cancellation that counts"),
                losses(.cancellation) { part in
                    if case .cancellation(let cancellation) = part { return FieldValue(cancellation.reason) }
                    return nil
                }
            ),
            Explanation.Field(
                "deleted",
                state.deleted ? .text("yes") : nil,
                setBy: setter(.deletion, "its source deleted the order"),
                losses(.deletion)
            ),
            Explanation.Field(
                "redacted",
                state.redacted ? .text("yes") : nil,
                setBy: setter(.redaction, "its shop or its customer asked for it"),
                losses(.redaction)
            ),
        ]
    }
}
