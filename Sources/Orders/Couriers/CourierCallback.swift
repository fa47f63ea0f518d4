/// What one callback says about one parcel.
package struct CourierCallback: Hashable, Sendable {
    /// Who called.
    package let provider: CourierProvider
    /// The parcel.
    package let waybill: Waybill
    /// The scan that caused the callback.
    package let latest: CourierCheckpoint
    /// Earlier scans the body carries along, in its order; `latest` may be among them.
    package var history: [CourierCheckpoint] = []

    /// All scans, `latest` first, each once.
    package var checkpoints: [CourierCheckpoint] {
        [latest] + history.filter { $0 != latest }
    }
}

extension CourierCallback {
    /// The callbacks of a body, one for each parcel; a parcel without a legible tracking number is left out.
    package static func decode(_ provider: CourierProvider, _ document: JSONDocument) -> [CourierCallback] {
        let root = document.root
        return switch provider {
        case .native: [native(root)].compactMap(\.self)
        case .bosta: [bosta(root)].compactMap(\.self)
        case .easypost: [easyPost(root)].compactMap(\.self)
        case .shippo: [shippo(root)].compactMap(\.self)
        case .aftership: [afterShip(root)].compactMap(\.self)
        case .dhl: root.elements("shipments").compactMap(dhl)
        }
    }

    /// Whether a body says of itself that it is about something else than a parcel: a batch, a refund, ….
    static func isAboutNoParcel(_ provider: CourierProvider, _ document: JSONDocument) -> Bool {
        guard provider == .easypost, let kind = document.root["result"]?.text("object") else { return false }
        return kind != "Tracker"
    }

    /// Nil without a legible tracking number. A courier without a name is called like its provider.
    init?(
        _ provider: CourierProvider,
        courier: String?,
        trackingNumber: String?,
        latest: CourierCheckpoint,
        history: [CourierCheckpoint] = []
    ) {
        guard let courier = courier.flatMap(CourierName.init) ?? CourierName(provider.rawValue), let trackingNumber,
            let waybill = Waybill(courier: courier, legible: trackingNumber)
        else { return nil }
        self.waybill = waybill
        self.provider = provider
        self.latest = latest
        self.history = history
    }
}
