/// What the scans of one track are about.
package enum Track: Hashable, Sendable {
    case waybill(Waybill)
    /// A fulfillment of the shop, by id; which waybill it rides on is decided when the order is projected.
    case fulfillment(ExactText)

    /// What a person calls it.
    package var summary: String {
        switch self {
        case .waybill(let waybill): waybill.summary
        case .fulfillment(let id): "fulfillment \(id.text)"
        }
    }
}

extension Track: Comparable {
    package static func < (left: Track, right: Track) -> Bool {
        switch (left, right) {
        case (.waybill(let left), .waybill(let right)): left < right
        case (.fulfillment(let left), .fulfillment(let right)): left < right
        case (.waybill, .fulfillment): true
        case (.fulfillment, .waybill): false
        }
    }
}
