/// What one scan did to the status of its parcel.
package enum ScanVerdict: Sendable {
    case moved
    /// A word that is mapped to nothing we know.
    case meaningless
    case unmapped
    /// The journey was over.
    case afterEnd
    /// The parcel was on its way back, where this word means nothing.
    case onReturnLeg
    /// The parcel was delivered before.
    case late
    /// Picked up long after its delivery: the way back has begun.
    case reused
}

/// Where one parcel is, folded over its scans in the order of their source.
package struct ShipmentFold: Equatable, Sendable {
    /// Which way a parcel travels.
    package enum Leg: String, Sendable {
        case forward
        case returning = "return"
    }

    /// After a delivery a pick-up this much later belongs to another journey of the same waybill.
    package static let waybillReuseAfter: Int64 = 24 * 60 * 60 * 1_000_000

    /// Nil until a scan that means something.
    package private(set) var status: CourierStatus?
    package private(set) var leg = Leg.forward
    /// When the receiver got it; stays when the parcel comes back later.
    package private(set) var deliveredAt: Instant?
    /// Whether the receiver paid at the door, as any delivery scan says.
    package private(set) var cashCollected = false
    /// How much, where the courier says.
    package private(set) var cash: Money?
    /// The latest scan of any kind.
    package private(set) var lastScanAt: Instant?
    package private(set) var lateScans = 0
    package private(set) var scansAfterEnd = 0
    package private(set) var waybillReused = false
    /// Courier words that nobody has mapped, in order of appearance.
    package private(set) var unmappedStatuses: [String] = []

    /// Folds scans that are sorted by (occurred at, rank, status).
    package init(_ checkpoints: some Sequence<Checkpoint>) {
        for checkpoint in checkpoints { fold(checkpoint) }
    }

    /// What each of the sorted scans did.
    package static func verdicts(on checkpoints: some Sequence<Checkpoint>) -> [ScanVerdict] {
        var journey = ShipmentFold([])
        return checkpoints.map { journey.fold($0) }
    }

    /// Whether the journey is over for good; a delivered parcel may still come back.
    package var hasEnded: Bool {
        switch status {
        case .lost, .damaged, .returned, .cancelled: true
        default: false
        }
    }

    /// Whether the parcel is on its way back.
    package var isReturning: Bool { leg == .returning && !hasEnded }

    @discardableResult
    private mutating func fold(_ checkpoint: Checkpoint) -> ScanVerdict {
        lastScanAt = max(lastScanAt ?? checkpoint.occurredAt, checkpoint.occurredAt)
        if checkpoint.status == .unknown {
            let word = checkpoint.courierStatus.text
            if !checkpoint.isMapped, !unmappedStatuses.contains(word) { unmappedStatuses.append(word) }
            return checkpoint.isMapped ? .meaningless : .unmapped
        } else if hasEnded {
            scansAfterEnd += 1
            return .afterEnd
        } else if leg == .returning || checkpoint.opensReturnLeg {
            leg = .returning
            return foldOnReturnLeg(checkpoint)
        } else if let deliveredAt {
            return foldLateScan(checkpoint, deliveredAt: deliveredAt)
        } else {
            status = checkpoint.status
            if checkpoint.status == .delivered {
                deliveredAt = checkpoint.occurredAt
                collectCash(checkpoint)
            }
            return .moved
        }
    }

    private mutating func foldOnReturnLeg(_ checkpoint: Checkpoint) -> ScanVerdict {
        switch checkpoint.status {
        case .inTransit, .outForDelivery, .returnInTransit: status = .returnInTransit
        case .delivered, .returned: status = .returned
        case .lost, .damaged: status = checkpoint.status
        default: return .onReturnLeg
        }
        return .moved
    }

    private mutating func foldLateScan(_ checkpoint: Checkpoint, deliveredAt: Instant) -> ScanVerdict {
        let sinceDelivery = checkpoint.occurredAt.microseconds(since: deliveredAt)
        if checkpoint.status == .pickedUp, sinceDelivery > Self.waybillReuseAfter {
            leg = .returning
            waybillReused = true
            return .reused
        } else {
            lateScans += 1
            if checkpoint.status == .delivered { collectCash(checkpoint) }
            return .late
        }
    }

    private mutating func collectCash(_ delivery: Checkpoint) {
        cashCollected = cashCollected || delivery.cashCollected
        cash = delivery.cash ?? cash
    }
}

extension Checkpoint {
    fileprivate var opensReturnLeg: Bool {
        onReturnLeg || status == .returnInTransit || status == .returned
    }
}
