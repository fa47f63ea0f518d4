package import ServiceRuntime

/// Settings of the calls to the outside world.
///
/// Keys: `SANDBOX_URL`, `COURIER_SERVICE_URL`, `COURIER_SERVICE_TOKEN`, `COURIER_CALL_TIMEOUT_MS`, `SHOPIFY_ADMIN_SERVICE_URL`,
/// `SHOPIFY_ADMIN_SERVICE_URL_<SHOP>`, `SHOPIFY_ADMIN_TOKEN`, `SHOPIFY_ADMIN_TOKEN_<SHOP>`, `SHOPIFY_ADMIN_API_VERSION`,
/// `SHOPIFY_CALL_TIMEOUT_MS`, `OUTBOUND_MAX_CONNECTIONS`, `OUTBOUND_CONNECT_TIMEOUT_MS`, `OUTBOUND_MAX_ANSWER_BYTES`, `BREAKER_FAILURES`, `BREAKER_OPEN_MS`,
/// `BREAKER_LONGEST_OPEN_MS`.
package struct OutboundConfiguration: Sendable {
    /// Where “chaos sandbox” listens when nobody tells it otherwise.
    package static let sandboxPort = 4_600
    package static let sandboxKey = "SANDBOX_URL"
    private static let (courierKey, shopifyKey) = ("COURIER_SERVICE_URL", "SHOPIFY_ADMIN_SERVICE_URL")
    private static let schemes = ["http", "https"]

    package var courierURL: String
    package var courierToken: String?
    package var courierTimeout: Duration
    /// Of every shop that has no address, or no token, of its own.
    package var shopifyURL: String
    package var shopifyToken: String
    /// By ``ShopSettingName``.
    package var shopifyURLs: [String: String]
    package var shopifyTokens: [String: String]
    package var shopifyVersion: String
    package var shopifyTimeout: Duration
    package var maxConnections: Int
    package var connectTimeout: Duration
    package var maxAnswerBytes: Int
    package var breaker: CircuitBreakerStateMachine.Limits

    /// - Parameter isUsed: whether calls are made at all; only then must production name whom to call.
    package init(settings: inout SettingsReader, isUsed: Bool = true) {
        let sandbox = Self.sandboxURL(settings: &settings)
        courierURL = Self.url(Self.courierKey, sandbox, isUsed, &settings, "The courier service, see docs/courier-api.md.")
        courierToken = settings.secret("COURIER_SERVICE_TOKEN", "Sent to the courier service as a bearer token.")
        courierTimeout = settings.duration(
            milliseconds: "COURIER_CALL_TIMEOUT_MS",
            default: 5_000,
            in: 10...120_000,
            "How long one call to the courier service may take."
        )
        shopifyURL = Self.url(Self.shopifyKey, sandbox, isUsed, &settings, "The Shopify Admin API, without its path.")
        shopifyURLs = settings.urls(
            family: "\(Self.shopifyKey)_",
            placeholder: "<SHOP>",
            schemes: Self.schemes,
            "The Shopify Admin API of one shop, named like NILE_LANTERN for nile-lantern.myshopify.com."
        )
        .mapValues(Self.withoutSlashes)
        shopifyToken = settings.secret("SHOPIFY_ADMIN_TOKEN", "The access token of the Shopify Admin API.") ?? "sandbox"
        shopifyTokens = settings.secrets(
            each: "SHOPIFY_ADMIN_TOKEN_",
            placeholder: "<SHOP>",
            "The access token of one shop, named like NILE_LANTERN for nile-lantern.myshopify.com."
        )
        if isUsed { Self.demand("SHOPIFY_ADMIN_TOKEN", &settings) }
        shopifyVersion = settings.string(
            "SHOPIFY_ADMIN_API_VERSION",
            default: "2026-07",
            allowed: "a version such as 2026-07",
            where: { text in !text.isEmpty && text.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) } },
            "The version of the Shopify Admin API."
        )
        shopifyTimeout = settings.duration(
            milliseconds: "SHOPIFY_CALL_TIMEOUT_MS",
            default: 5_000,
            in: 10...120_000,
            "How long one call to the Shopify Admin API may take."
        )
        maxConnections = settings.int(
            "OUTBOUND_MAX_CONNECTIONS",
            default: 64,
            in: 1...10_000,
            unit: "connections",
            "Most connections to one destination."
        )
        connectTimeout = settings.duration(
            milliseconds: "OUTBOUND_CONNECT_TIMEOUT_MS",
            default: 1_000,
            in: 10...60_000,
            "How long making a connection may take."
        )
        maxAnswerBytes = settings.int(
            "OUTBOUND_MAX_ANSWER_BYTES",
            default: 262_144,
            in: 1_024...16_777_216,
            unit: "bytes",
            "Largest answer that is read."
        )
        breaker = Self.breakerLimits(&settings)
    }

    /// The sandbox that plays whatever is not named.
    package static func sandboxURL(settings: inout SettingsReader) -> String {
        let standard = "http://127.0.0.1:\(sandboxPort)"
        let sentence =
            "Where “chaos sandbox” plays the courier service and Shopify, unless they are named; production must name them."
        return settings.url(sandboxKey, schemes: schemes, defaultNote: standard, sentence) ?? standard
    }

    /// Whether the outside world is named at all.
    package static func isDestinationSet(_ settings: SettingsReader) -> Bool {
        [sandboxKey, courierKey, shopifyKey].contains(where: settings.isSet) || settings.isAnySet(family: "\(shopifyKey)_")
    }

    private static func breakerLimits(_ settings: inout SettingsReader) -> CircuitBreakerStateMachine.Limits {
        let failures = settings.int(
            "BREAKER_FAILURES",
            default: 10,
            in: 1...10_000,
            unit: "calls",
            "Calls without a usable answer in a row after which a destination is left alone for a while."
        )
        let firstOpen = settings.duration(
            milliseconds: "BREAKER_OPEN_MS",
            default: 1_000,
            in: 10...600_000,
            "How long it is left alone at first; doubled each time the next call fails too."
        )
        let longestOpen = settings.duration(
            milliseconds: "BREAKER_LONGEST_OPEN_MS",
            default: 30_000,
            in: 10...3_600_000,
            "How long it is left alone at most."
        )
        return .init(failures: failures, firstOpen: firstOpen, longestOpen: max(firstOpen, longestOpen))
    }

    private static func url(
        _ key: String,
        _ sandbox: String,
        _ isUsed: Bool,
        _ settings: inout SettingsReader,
        _ sentence: String
    ) -> String {
        let url = settings.url(key, schemes: schemes, defaultNote: sandboxKey, sentence) ?? sandbox
        if isUsed { demand(key, &settings) }
        return withoutSlashes(url)
    }

    private static func withoutSlashes(_ url: String) -> String {
        String(url.reversed().drop { $0 == "/" }.reversed())
    }

    /// The defaults are those of the sandbox.
    private static func demand(_ key: String, _ settings: inout SettingsReader) {
        if settings.environment == .production, !settings.isSet(key) {
            settings.refuse(key, because: "must be set in production: its default is the sandbox")
        }
    }
}
