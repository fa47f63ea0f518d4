/// How far an order is paid, as its source says it.
package enum FinancialStatus: Hashable, Sendable {
    case pending, authorized, partiallyPaid, paid, partiallyRefunded, refunded, voided, expired
    /// A value nobody has named yet; kept word for word.
    case unknown(String)

    package init(text: String) {
        self = Self.named[text] ?? .unknown(text)
    }

    /// The source's own word.
    package var text: String {
        switch self {
        case .pending: "pending"
        case .authorized: "authorized"
        case .partiallyPaid: "partially_paid"
        case .paid: "paid"
        case .partiallyRefunded: "partially_refunded"
        case .refunded: "refunded"
        case .voided: "voided"
        case .expired: "expired"
        case .unknown(let text): text
        }
    }

    /// Breaks ties between snapshots of one second; never decides between different times.
    package var rank: Int {
        switch self {
        case .pending: 0
        case .authorized: 1
        case .partiallyPaid: 2
        case .paid: 3
        case .partiallyRefunded: 4
        case .refunded, .voided, .expired: 5
        case .unknown: Self.unknownRank
        }
    }

    /// The rank of an unknown status, and of none at all.
    package static let unknownRank = -1

    /// Whether the payment may legally move on to `next`; same to same is, and an unknown value is never blamed.
    package func canBecome(_ next: FinancialStatus) -> Bool {
        if self == next { return true }
        if case .unknown = next { return true }
        guard let successors else { return true }
        return successors.contains(next)
    }

    private var successors: [FinancialStatus]? {
        switch self {
        case .pending: [.authorized, .partiallyPaid, .paid, .voided, .expired]
        case .authorized: [.partiallyPaid, .paid, .voided, .expired]
        case .partiallyPaid: [.paid, .partiallyRefunded, .refunded, .voided]
        case .paid: [.partiallyRefunded, .refunded, .partiallyPaid]
        case .partiallyRefunded: [.refunded, .partiallyPaid]
        case .refunded, .voided, .expired: []
        case .unknown: nil
        }
    }

    private static let named: [String: FinancialStatus] = {
        let all: [FinancialStatus] = [
            .pending, .authorized, .partiallyPaid, .paid, .partiallyRefunded, .refunded, .voided, .expired,
        ]
        return Dictionary(uniqueKeysWithValues: all.map { ($0.text, $0) })
    }()
}
