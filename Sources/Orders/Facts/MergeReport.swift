/// Collects what the parts of one fact came to, and words the outcome.
struct MergeReport {
    /// How many changes one reason names before it only counts.
    static let namedChanges = 4

    private var changes: [String] = []
    private var losses: [String] = []
    private var unmapped: [String] = []

    /// A change outweighs what nobody has mapped, and that outweighs a loss.
    var outcome: MergeOutcome {
        if !changes.isEmpty { return .processed(Self.listed(changes)) }
        if !unmapped.isEmpty { return .unmapped(Self.listed(unmapped)) }
        return .discarded(losses.isEmpty ? "it says nothing about the order" : Self.listed(losses))
    }

    /// Something changed for good.
    mutating func change(_ text: String) {
        changes.append(text)
    }

    /// Something was known or superseded.
    mutating func loss(_ text: String) {
        losses.append(text)
    }

    /// Nobody has mapped this.
    mutating func miss(_ text: String) {
        unmapped.append(text)
    }

    /// What a map by id did with one of its entries.
    mutating func joined<Entry: RegisterEntry>(_ joined: Joined<Entry>, _ entry: Entry) {
        switch joined {
        case .added, .replaced: change(entry.summary)
        case .superseded(let current): loss("superseded: newer than this is \(current.summary)")
        case .known: loss("already known: \(entry.summary)")
        }
    }

    /// A register that only ever turns on.
    mutating func flag(_ text: String, isNew: Bool) {
        if isNew { change(text) } else { loss("already known: \(text)") }
    }

    private static func listed(_ texts: [String]) -> String {
        let named = texts.prefix(namedChanges).joined(separator: ", ")
        return texts.count > namedChanges ? "\(named) and \(texts.count - namedChanges) more" : named
    }
}

extension MergeReport {
    /// A snapshot that became the one that counts.
    mutating func changed(from current: Snapshot?, to incoming: Snapshot) {
        var differences: [String] = []
        let financial = incoming.financialStatus?.text ?? "none"
        let fulfillment = incoming.fulfillmentStatus?.text ?? "none"
        if let current {
            let before = current.financialStatus?.text ?? "none"
            if before != financial { differences.append("financial status \(before) → \(financial)") }
            let shippedBefore = current.fulfillmentStatus?.text ?? "none"
            if shippedBefore != fulfillment { differences.append("fulfillment status \(shippedBefore) → \(fulfillment)") }
            if current.shippingAddress != incoming.shippingAddress { differences.append("shipping address changed") }
            if differences.isEmpty { differences.append("newer snapshot of \(incoming.key.updatedAt)") }
        } else {
            differences.append("first snapshot, financial status \(financial)")
            if incoming.fulfillmentStatus != nil { differences.append("fulfillment status \(fulfillment)") }
        }
        if let total = incoming.totalPrice, total != current?.totalPrice { differences.append("total \(total)") }
        change(differences.joined(separator: ", "))
    }

    /// A snapshot that lost.
    mutating func superseded(by current: Snapshot, isSame: Bool) {
        let winner = "snapshot of \(current.key.updatedAt) (\(current.key.topic.text))"
        loss(isSame ? "already known: the \(winner)" : "superseded: a newer \(winner) is already merged")
    }

    /// A cancellation earlier than any known.
    mutating func cancelled(_ cancellation: Cancellation, isFirst: Bool) {
        let reason = cancellation.reason.map { " (\($0))" } ?? ""
        change("\(isFirst ? "cancelled" : "cancelled earlier than known,") at \(cancellation.at)\(reason)")
    }

    /// A scan of a parcel.
    mutating func scanned(_ checkpoint: Checkpoint, _ track: Track, isNew: Bool) {
        let word = checkpoint.courierStatus.text
        if !checkpoint.isMapped {
            miss("the status \"\(word)\" of \(track.summary) is not mapped")
        } else {
            flag("\(track.summary): \(checkpoint.status.rawValue) at \(checkpoint.occurredAt)", isNew: isNew)
        }
    }
}
