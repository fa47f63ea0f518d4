/// The three-value payment status.
package enum PaymentStatus: String, CaseIterable, Sendable {
    case pending, paid, cancelled

    package init(_ financial: FinancialStatus?, cancelled: Bool) {
        self =
            switch financial {
            case _ where cancelled: .cancelled
            case .refunded, .voided: .cancelled
            case .paid, .partiallyRefunded: .paid
            case .pending, .authorized, .partiallyPaid, .expired, .unknown, nil: .pending
            }
    }
}
