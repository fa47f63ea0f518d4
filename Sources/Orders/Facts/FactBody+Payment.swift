extension FactBody {
    /// A refund, and the transactions that carry it.
    func refund(_ element: JSONValue) -> [OrderFact] {
        guard let id = element.text("id") else { return [] }
        let transactions = element.elements("transactions")
        let amounts = transactions.filter { $0.text("kind") == "refund" && $0.text("status") ?? "success" == "success" }
            .compactMap { $0.money("amount") }
        let refund = Refund(
            id: ExactText(id),
            key: contentKey(element, time(element, "updated_at", "processed_at", "created_at")),
            amount: amounts.isEmpty ? nil : amounts.reduce(.zero, +)
        )
        return [.refund(refund)] + transactions.flatMap(transaction)
    }

    /// A payment step.
    func transaction(_ element: JSONValue) -> [OrderFact] {
        guard let id = element.text("id") else { return [] }
        let transaction = Transaction(
            id: ExactText(id),
            key: contentKey(element, time(element, "updated_at", "processed_at", "created_at")),
            kind: element.text("kind"),
            status: element.text("status"),
            gateway: element.text("gateway"),
            amount: element.money("amount")
        )
        return [.transaction(transaction)]
    }

    private func contentKey(_ element: JSONValue, _ at: Instant) -> ContentKey {
        ContentKey(at: at, content: Digest(of: element.canonicalJSON))
    }
}
