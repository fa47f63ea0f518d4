/// Something an operator should look at. Anomalies are derived from the state and never gate a merge.
package struct Anomaly: Hashable, Sendable {
    /// What is odd.
    package enum Kind: String, CaseIterable, Sendable {
        case bookingParked = "booking_parked"
        case bookingRejected = "booking_rejected"
        case cancelGivenUp = "cancel_given_up"
        case illegalPaymentTransition = "illegal_payment_transition"
        case refundedAfterDelivery = "refunded_after_delivery"
        case returnGivenUp = "return_given_up"
        case scanAfterEnd = "scan_after_end"
        case unknownValue = "unknown_value"
        case waybillReused = "waybill_reused"
    }

    package let kind: Kind
    /// What exactly, in words.
    package let detail: String

    static func all(in state: OrderState, shipments: [ShipmentProjection], allDelivered: Bool) -> [Anomaly] {
        var found = payment(in: state) + shipments.flatMap(journey)
        if allDelivered, let delivered = shipments.filter(\.counts).compactMap(\.deliveredAt).max(),
            state.isRefunded(since: delivered)
        {
            found.append(Anomaly(kind: .refundedAfterDelivery, detail: "delivered at \(delivered), refunded later"))
        }
        if case .unknown(let text) = state.snapshot?.fulfillmentStatus {
            found.append(Anomaly(kind: .unknownValue, detail: "fulfillment status \"\(text)\""))
        }
        if let status = OperatorWishes(state).unknownStatus {
            found.append(Anomaly(kind: .unknownValue, detail: "operator status \"\(status)\""))
        }
        return found
    }

    /// What is stuck with a courier: an attempt without a way on, or a refusal that no later attempt has overcome.
    static func all(in bookings: [Booking]) -> [Anomaly] {
        let last = bookings.max { $0.attempt < $1.attempt }
        return bookings.compactMap { booking in
            let detail = "attempt \(booking.attempt): \(booking.reason ?? "")"
            switch booking.state {
            case .parked: return Anomaly(kind: .bookingParked, detail: detail)
            case .cancelRequested where booking.isGivenUp: return Anomaly(kind: .cancelGivenUp, detail: detail)
            case .returnRequested where booking.isGivenUp: return Anomaly(kind: .returnGivenUp, detail: detail)
            case .rejected where booking.attempt == last?.attempt: return Anomaly(kind: .bookingRejected, detail: detail)
            default: return nil
            }
        }
    }

    private static func payment(in state: OrderState) -> [Anomaly] {
        var found = state.payments.illegalSteps.map { step in
            Anomaly(kind: .illegalPaymentTransition, detail: "\(step.from.text) → \(step.to.text)")
        }
        for entry in state.payments.entries {
            guard case .unknown(let text) = entry.status else { continue }
            let anomaly = Anomaly(kind: .unknownValue, detail: "financial status \"\(text)\"")
            if !found.contains(anomaly) { found.append(anomaly) }
        }
        return found
    }

    private static func journey(_ shipment: ShipmentProjection) -> [Anomaly] {
        let journey = shipment.journey
        let parcel = shipment.summary
        var found = journey.unmappedStatuses.map { Anomaly(kind: .unknownValue, detail: "status \"\($0)\" of \(parcel)") }
        if journey.scansAfterEnd > 0 {
            let status = journey.status?.rawValue ?? ""
            found.append(Anomaly(kind: .scanAfterEnd, detail: "\(journey.scansAfterEnd) after \(status) of \(parcel)"))
        }
        if journey.waybillReused {
            found.append(Anomaly(kind: .waybillReused, detail: "picked up long after the delivery of \(parcel)"))
        }
        return found
    }
}

extension OrderState {
    /// Whether money went back after an instant, by the refunds or, where none is known, by the snapshot.
    fileprivate func isRefunded(since instant: Instant) -> Bool {
        if !refunds.entries.isEmpty { return refunds.entries.contains { $0.processedAt >= instant } }
        guard let snapshot, snapshot.key.updatedAt >= instant else { return false }
        return snapshot.financialStatus == .refunded || snapshot.financialStatus == .partiallyRefunded
    }
}
