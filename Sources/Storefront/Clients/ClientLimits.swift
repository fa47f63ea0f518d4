package import ServiceRuntime

/// How often one client may come, and who is believed about clients.
///
/// Keys: `STOREFRONT_RATE_BURST`, `STOREFRONT_RATE_PER_SECOND`, `STOREFRONT_RATE_ADDRESSES`, `STOREFRONT_TRUSTED_PROXIES`.
package struct ClientLimits: Sendable {
    /// Requests that an address may make at once after a rest.
    package var burst: Int
    /// Requests a second that it may go on with.
    package var perSecond: Int
    /// Most addresses that are remembered.
    package var addresses: Int
    /// Whose `X-Forwarded-For` is believed.
    package var trustedProxies: [AddressRange]

    package init(burst: Int, perSecond: Int, addresses: Int, trustedProxies: [AddressRange] = []) {
        self.burst = burst
        self.perSecond = perSecond
        self.addresses = addresses
        self.trustedProxies = trustedProxies
    }

    package init(settings: inout SettingsReader) {
        burst = settings.int(
            "STOREFRONT_RATE_BURST",
            default: 10_000,
            in: 1...10_000_000,
            unit: "requests",
            "Requests to the storefront that one client address may make at once after a rest; beyond it the answer is 429."
        )
        perSecond = settings.int(
            "STOREFRONT_RATE_PER_SECOND",
            default: 200,
            in: 1...1_000_000,
            unit: "requests",
            "Requests a second to the storefront that one client address may go on with."
        )
        addresses = settings.int(
            "STOREFRONT_RATE_ADDRESSES",
            default: 65_536,
            in: 2...10_000_000,
            unit: "addresses",
            "Most client addresses whose requests are counted; the longest silent ones are forgotten first."
        )
        let proxies = settings.list(
            "STOREFRONT_TRUSTED_PROXIES",
            "Addresses or networks, such as 10.0.0.0/8, of proxies whose X-Forwarded-For header is believed."
        )
        trustedProxies = proxies.compactMap(AddressRange.init)
        if trustedProxies.count < proxies.count {
            settings.refuse("STOREFRONT_TRUSTED_PROXIES", because: "must be IP addresses or networks such as 10.0.0.0/8")
        }
    }

    /// Who really asks: the peer, or behind trusted proxies the last address that none of them added.
    package func client(peer: String, forwardedFor: [String]) -> ClientAddress? {
        guard var client = ClientAddress(peer) else { return nil }
        guard !trustedProxies.isEmpty else { return client }
        let hops = forwardedFor.flatMap { $0.split(separator: ",") }.reversed()
        for hop in hops {
            guard trustedProxies.contains(where: { $0.contains(client) }) else { break }
            guard let before = ClientAddress(hop.drop { $0 == " " }.prefix { $0 != " " }) else { break }
            client = before
        }
        return client
    }
}
