/// All registers of one order.
///
/// Every register is a join – commutative, associative, idempotent – so the state is a function of the set of facts merged
/// into it, whatever their order. `version` alone counts: the caller merges each distinct fact once.
package struct OrderState: Equatable, Sendable {
    /// How many distinct facts are merged.
    package internal(set) var version: Int64 = 0
    package internal(set) var snapshot: Snapshot?
    package internal(set) var cancellation: Cancellation?
    package internal(set) var deleted = false
    package internal(set) var redacted = false
    package internal(set) var payments = PaymentHistory()
    package internal(set) var refunds = LatestByID<Refund>()
    package internal(set) var transactions = LatestByID<Transaction>()
    package internal(set) var fulfillments = LatestByID<Fulfillment>()
    package internal(set) var holds = LatestByID<Hold>()
    package internal(set) var edits = LatestByID<OperatorEdit>()
    /// What couriers made of our bookings.
    package internal(set) var labels = LatestByID<Label>()
    package internal(set) var labelEnds = LatestByID<LabelEnd>()
    /// One entry per waybill and per fulfillment that has scans, sorted by track.
    package internal(set) var shipments = TrackedShipments()
    /// Every waybill that any fact ever claimed, also a superseded one: whether a courier's callback is this order's must
    /// not depend on what came first.
    package internal(set) var claims = WaybillSet()

    /// The state of an order nobody has said anything about.
    package init() {}

    /// Whether any snapshot is merged; an order without one is a placeholder.
    package var isHydrated: Bool { snapshot != nil }
}
