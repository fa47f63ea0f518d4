/// Who calls us about parcels: a courier, or a service that speaks for many.
package enum CourierProvider: String, CaseIterable, Hashable, Sendable {
    case native, bosta, easypost, shippo, aftership, dhl

    /// Any letter case; nil for a provider we do not know.
    package init?(_ text: String) {
        self.init(rawValue: text.lowercased())
    }
}
