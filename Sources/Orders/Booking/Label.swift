/// What a courier made of one booking attempt: a label, by attempt number.
package struct Label: RegisterEntry {
    package let key: Key
    package let waybill: Waybill
    /// What the courier charges.
    package let fee: Money?
    package let currency: String?

    package var attempt: Int32 { key.attempt }
    package var id: ExactText { Self.id(of: attempt) }

    package var summary: String {
        "booking \(attempt): \(waybill.summary)" + (fee.map { " for \($0)" } ?? "")
    }

    static func id(of attempt: Int32) -> ExactText { ExactText("\(attempt)") }

    /// Beyond the limit of the register the first attempts are forgotten; of two labels of one attempt the body decides.
    package struct Key: Comparable, Sendable {
        package let attempt: Int32
        package let bodyHash: Digest

        package static func < (left: Key, right: Key) -> Bool {
            (left.attempt, left.bodyHash) < (right.attempt, right.bodyHash)
        }
    }
}

/// How the label of one attempt ended, by attempt number.
package struct LabelEnd: RegisterEntry {
    /// How a label ended.
    package enum Kind: String, CaseIterable, Sendable {
        /// The courier took the label back.
        case cancelled
        /// The parcel is back.
        case returned
    }

    package let key: Key

    package var kind: Kind { key.kind }
    package var attempt: Int32 { key.attempt }
    package var id: ExactText { Label.id(of: attempt) }
    package var summary: String { "booking \(attempt): \(kind.rawValue)" }

    /// What comes back was never cancelled in time.
    package struct Key: Comparable, Sendable {
        package let attempt: Int32
        package let kind: Kind

        package static func < (left: Key, right: Key) -> Bool {
            (left.attempt, left.kind == .returned ? 1 : 0) < (right.attempt, right.kind == .returned ? 1 : 0)
        }
    }
}

extension OrderState {
    /// The label of an attempt and how it ended.
    package func label(of attempt: Int32) -> (label: Label, end: LabelEnd.Kind?)? {
        let id = Label.id(of: attempt)
        return labels[id].map { ($0, labelEnds[id]?.kind) }
    }

    /// Labels that nobody has taken back, in the order of their attempts.
    package var liveLabels: [Label] {
        labels.entries.filter { labelEnds[$0.id] == nil }.sorted { $0.attempt < $1.attempt }
    }

    /// The newest label that was not cancelled: what the courier charges for it is the order's shipping fee.
    var feeLabel: Label? {
        labels.entries.filter { labelEnds[$0.id]?.kind != .cancelled }.max { $0.attempt < $1.attempt }
    }
}
