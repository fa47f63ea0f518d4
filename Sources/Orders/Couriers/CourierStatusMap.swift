/// What each provider's words mean; operators extend it.
package struct CourierStatusMap: Sendable {
    /// One line of the map.
    package struct Mapping: Hashable, Sendable {
        /// A `CourierProvider`, or `shopify`.
        package let provider: String
        /// In any letter case.
        package let status: String
        /// Empty: whatever the detail.
        package let detail: String
        /// What it means.
        package let normalised: CourierStatus

        /// One line; provider, status and detail in any letter case.
        package init(provider: String, status: String, detail: String = "", normalised: CourierStatus) {
            self.provider = provider
            self.status = status
            self.detail = detail
            self.normalised = normalised
        }
    }

    private struct Key: Hashable {
        let provider: String
        let status: String
        let detail: String

        init(_ provider: String, _ status: String, _ detail: String) {
            self.provider = provider.lowercased()
            self.status = status.trimmed.lowercased()
            self.detail = detail.trimmed.lowercased()
        }
    }

    private var meanings: [Key: CourierStatus] = [:]

    /// Of several lines for the same words the last counts.
    package init(_ mappings: some Sequence<Mapping>) {
        for mapping in mappings {
            meanings[Key(mapping.provider, mapping.status, mapping.detail)] = mapping.normalised
        }
    }

    /// The meaning of a status, exactly with this detail or whatever the detail, in any letter case; nil when nobody has
    /// mapped it.
    package func normalise(provider: String, status: String, detail: String? = nil) -> CourierStatus? {
        if let detail, let meaning = meanings[Key(provider, status, detail)] { return meaning }
        return meanings[Key(provider, status, "")]
    }

    /// This map with lines added; an added line replaces the one for the same words.
    package func adding(_ mappings: some Sequence<Mapping>) -> CourierStatusMap {
        var map = self
        map.meanings.merge(CourierStatusMap(mappings).meanings) { _, added in added }
        return map
    }
}
