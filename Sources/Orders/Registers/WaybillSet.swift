/// A grow-only set of waybills, sorted.
package struct WaybillSet: Equatable, Sendable {
    /// How many waybills one order may claim: the first in their order.
    package static let limit = 512

    package private(set) var waybills: [Waybill] = []

    package init(_ waybills: [Waybill] = []) {
        for waybill in waybills { join(waybill) }
    }

    /// Whether the waybill is one of them.
    package func contains(_ waybill: Waybill) -> Bool {
        waybills.contains(waybill)
    }

    /// Adds a waybill; false when it is known.
    @discardableResult
    package mutating func join(_ waybill: Waybill) -> Bool {
        let place = waybills.firstIndex { $0 >= waybill } ?? waybills.count
        if place < waybills.count, waybills[place] == waybill { return false }
        if place >= Self.limit { return false }
        waybills.insert(waybill, at: place)
        if waybills.count > Self.limit { waybills.removeLast() }
        return true
    }
}
