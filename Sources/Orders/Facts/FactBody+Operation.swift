extension FactBody {
    /// A hold opened or released; the shop names the hold, or only the fulfillment order it sits on.
    func hold(released: Bool) -> OrderFact {
        let hold = root["fulfillment_hold"] ?? root["hold"]
        let id =
            hold?.text("id") ?? root.text("hold_id") ?? root["fulfillment_order"]?.text("id")
            ?? root.text("fulfillment_order_id") ?? root.text("id") ?? ""
        let at = time(hold ?? root, "updated_at", "created_at")
        return .hold(
            Hold(
                id: ExactText(id),
                key: Hold.Key(at: at, released: released, bodyHash: fact.bodyHash),
                reason: hold?.text("reason") ?? root.text("reason")
            )
        )
    }

    /// An operator's edit: one part for each field it sets, a hold it opens or releases, and the waybill it names.
    func edit() -> [OrderFact] {
        guard let set = root["set"] else { return [] }
        let key = OperatorEdit.Key(
            editedAt: time(root, "edited_at"),
            editor: ExactText(root.text("editor") ?? ""),
            editID: ExactText(root.text("edit_id") ?? ""),
            bodyHash: fact.bodyHash
        )
        var parts: [OrderFact] = OperatorEdit.Field.allCases.compactMap { field in
            guard let value = set[field.rawValue] else { return nil }
            return .edit(OperatorEdit(field: field, key: key, value: editValue(value)))
        }
        if let hold = set.flag("hold") {
            let holdKey = Hold.Key(at: key.editedAt, released: !hold, bodyHash: fact.bodyHash)
            parts.append(.hold(Hold(id: Hold.operatorID, key: holdKey, reason: nil)))
        }
        if let courier = set.text("courier").flatMap(CourierName.init), let number = set.text("tracking_number"),
            let waybill = Waybill(courier: courier, legible: number)
        {
            parts.append(.claim(waybill))
        }
        return parts
    }

    /// Null, and anything that is neither text nor an address, hands the field back to its source.
    private func editValue(_ value: JSONValue) -> OperatorEdit.Value {
        if value.isObject { return PostalAddress.canonicalJSON(value).map(OperatorEdit.Value.object) ?? .leftToSource }
        return value.text.map(OperatorEdit.Value.text) ?? .leftToSource
    }
}
