extension OrderState {
    /// Decodes and merges one distinct fact; throws only for a body that is no JSON object.
    package mutating func merge(_ fact: StoredFact, statuses: CourierStatusMap) throws(FactError) -> MergeOutcome {
        merge(try DecodedFact(fact, statuses: statuses))
    }

    /// Merges one distinct fact and counts it, unless it is one of our own.
    @discardableResult
    package mutating func merge(_ fact: DecodedFact) -> MergeOutcome {
        var report = MergeReport()
        for part in fact.parts { join(part, &report) }
        if fact.isCounted { version += 1 }
        return report.outcome
    }

    /// Joins one part into its register; joining it again changes nothing.
    mutating func join(_ part: OrderFact, _ report: inout MergeReport) {
        switch part {
        case .snapshot(let snapshot): joinSnapshot(snapshot, &report)
        case .cancellation(let cancellation): joinCancellation(cancellation, &report)
        case .deleted:
            report.flag("deleted at its source", isNew: !deleted)
            deleted = true
        case .refund(let refund): report.joined(refunds.join(refund), refund)
        case .transaction(let transaction): report.joined(transactions.join(transaction), transaction)
        case .fulfillment(let fulfillment): report.joined(fulfillments.join(fulfillment), fulfillment)
        case .claim(let waybill): claims.join(waybill)
        case .checkpoint(let checkpoint, let track):
            report.scanned(checkpoint, track, isNew: shipments.join(checkpoint, on: track))
        case .hold(let hold): report.joined(holds.join(hold), hold)
        case .edit(let edit): joinEdit(edit, &report)
        case .label(let label): report.joined(labels.join(label), label)
        case .labelEnd(let end): report.joined(labelEnds.join(end), end)
        case .redacted: redact(&report)
        case .childOnly(let topic): report.change("counted: \(topic) changes no field")
        case .unmapped(let topic): report.miss("the topic \(topic) is not mapped")
        }
    }

    private mutating func joinSnapshot(_ incoming: Snapshot, _ report: inout MergeReport) {
        if let status = incoming.financialStatus {
            payments.join(PaymentHistory.Entry(status: status, key: incoming.key))
        }
        if let current = snapshot, incoming.key <= current.key {
            report.superseded(by: current, isSame: incoming.key == current.key)
            return
        }
        report.changed(from: snapshot, to: incoming)
        snapshot = incoming
        if redacted { snapshot?.redact() }
    }

    private mutating func joinCancellation(_ incoming: Cancellation, _ report: inout MergeReport) {
        if let current = cancellation, !incoming.precedes(current) { return }
        report.cancelled(incoming, isFirst: cancellation == nil)
        cancellation = incoming
    }

    private mutating func joinEdit(_ incoming: OperatorEdit, _ report: inout MergeReport) {
        var edit = incoming
        if redacted { edit.redact() }
        report.joined(edits.join(edit), edit)
    }

    private mutating func redact(_ report: inout MergeReport) {
        report.flag("personal data removed on request", isNew: !redacted)
        redacted = true
        snapshot?.redact()
        edits.rewrite { $0.redact() }
    }
}
