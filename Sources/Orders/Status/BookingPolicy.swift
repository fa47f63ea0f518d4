/// Which orders may be booked before they are paid.
package struct BookingPolicy: Equatable, Sendable {
    /// Whether orders of a kind may be booked.
    package enum Permission: String, CaseIterable, Sendable {
        case allow
        case deny
    }

    /// Pending orders whose gateway is cash on delivery.
    package var cashOnDelivery: Permission
    /// Authorized, not yet captured.
    package var authorized: Permission

    package init(cashOnDelivery: Permission = .allow, authorized: Permission = .deny) {
        self.cashOnDelivery = cashOnDelivery
        self.authorized = authorized
    }
}
