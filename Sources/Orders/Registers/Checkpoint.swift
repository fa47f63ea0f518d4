/// One scan of a parcel: a member of a grow-only set.
///
/// The scan's own words are its identity, so that a courier that sends the whole history each time adds nothing twice.
package struct Checkpoint: Sendable {
    package let occurredAt: Instant
    package let status: CourierStatus
    /// Whether anybody has mapped the courier's word; a mapped one may still mean `unknown`.
    package let isMapped: Bool
    /// The courier's own word for `status`.
    package let courierStatus: ExactText
    /// Whether the courier says that the parcel is on its way back.
    package let onReturnLeg: Bool
    /// Whether the receiver paid at the door.
    package let cashCollected: Bool
    /// How much, where the courier says.
    package let cash: Money?

    package init(
        occurredAt: Instant,
        status: CourierStatus?,
        courierStatus: String,
        onReturnLeg: Bool = false,
        cashCollected: Bool = false,
        cash: Money? = nil
    ) {
        self.occurredAt = occurredAt
        self.status = status ?? .unknown
        self.isMapped = status != nil
        self.courierStatus = ExactText(courierStatus)
        self.onReturnLeg = onReturnLeg
        self.cashCollected = cashCollected
        self.cash = cash
    }
}

extension Checkpoint: Comparable {
    package static func == (left: Checkpoint, right: Checkpoint) -> Bool {
        left.order == right.order && left.detail == right.detail
    }

    package static func < (left: Checkpoint, right: Checkpoint) -> Bool {
        left.order == right.order ? left.detail < right.detail : left.order < right.order
    }

    private var order: (Instant, Int, String) {
        (occurredAt, status.rank, status.rawValue)
    }

    private var detail: (Int, ExactText, Int, Int, Int64) {
        (isMapped ? 1 : 0, courierStatus, onReturnLeg ? 1 : 0, cashCollected ? 1 : 0, cash?.tenThousandths ?? .min)
    }
}
