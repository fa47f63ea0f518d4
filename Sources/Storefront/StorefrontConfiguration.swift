import HTTPServing
package import ServiceRuntime

/// Settings of the storefront.
///
/// Keys: `STOREFRONT_ADMIN_TOKEN`, `STOREFRONT_SHOP`, `STOREFRONT_MAX_BODY_BYTES`, `STOREFRONT_MAX_PAGE`, `STOREFRONT_CONNECTIONS`,
/// `STOREFRONT_WRITERS`, `STOREFRONT_BATCH_ORDERS`, `STOREFRONT_MAX_WAITING`, `STOREFRONT_COMMIT_TIMEOUT_MS`,
/// `STOREFRONT_ANSWER_HOURS`, and those of `ClientLimits`.
package struct StorefrontConfiguration: Sendable {
    /// Nil refuses every change of products.
    package var adminToken: AdminToken?
    /// The shop that orders of the storefront belong to.
    package var shop: String
    package var maxBodyBytes: Int
    /// Most products or orders of one answer.
    package var maxPage: Int
    package var connections: Int
    package var writers: Int
    package var batchOrders: Int
    package var maxWaiting: Int
    package var commitTimeout: Duration
    /// How long an answer is kept for a request that comes again.
    package var answerHours: Int
    package var clients: ClientLimits

    package init(settings: inout SettingsReader) {
        adminToken = settings.secret(
            "STOREFRONT_ADMIN_TOKEN",
            "The bearer token that may change products; without it nobody may."
        ).map(AdminToken.init)
        shop = settings.string(
            "STOREFRONT_SHOP",
            default: "storefront",
            allowed: "up to 255 characters without blanks",
            where: { (1...255).contains($0.utf8.count) && !$0.contains(where: \.isWhitespace) },
            "The shop that orders of the storefront belong to."
        )
        maxBodyBytes = settings.int(
            "STOREFRONT_MAX_BODY_BYTES",
            default: 16_384,
            in: 256...1_048_576,
            unit: "bytes",
            "Largest accepted body of a product or an order."
        )
        maxPage = settings.int(
            "STOREFRONT_MAX_PAGE",
            default: 1_000,
            in: 1...10_000,
            unit: "rows",
            "Most products or orders in one answer; a plain list names the next page in its Link header."
        )
        connections = settings.int(
            "STOREFRONT_CONNECTIONS",
            default: 2,
            in: 1...64,
            unit: "connections",
            "Connections to PostgreSQL for reads and for changes of products."
        )
        writers = settings.int(
            "STOREFRONT_WRITERS",
            default: 1,
            in: 1...16,
            unit: "connections",
            "Connections that commit orders to PostgreSQL."
        )
        batchOrders = settings.int(
            "STOREFRONT_BATCH_ORDERS",
            default: 256,
            in: 1...1_024,
            unit: "orders",
            "Most orders in one transaction; 1 gives each order a transaction of its own."
        )
        maxWaiting = settings.int(
            "STOREFRONT_MAX_WAITING",
            default: 8_192,
            in: 16...1_000_000,
            unit: "orders",
            "Most orders waiting for their transaction; beyond it the storefront answers 503 at once."
        )
        commitTimeout = settings.duration(
            milliseconds: "STOREFRONT_COMMIT_TIMEOUT_MS",
            default: 2_000,
            in: 50...30_000,
            "How long a statement may take before its requests are answered 503."
        )
        answerHours = settings.int(
            "STOREFRONT_ANSWER_HOURS",
            default: 48,
            in: 1...8_760,
            unit: "hours",
            "How long the answer to an order with an Idempotency-Key is kept."
        )
        clients = ClientLimits(settings: &settings)
    }

    /// How long a busy writer waits for the buyers it has just answered, and fewest buyers worth it.
    static let (linger, lingerOrders): (Duration, Int) = (.microseconds(500), 8)
    /// An order is small, so its number bounds its memory.
    static let maxBytes = Int.max

    var coalescerLimits: CoalescerLimits {
        CoalescerLimits(
            batchRows: batchOrders,
            batchBytes: Self.maxBytes,
            lingerRows: writers == 1 ? Self.lingerOrders : .max,
            waiting: maxWaiting,
            waitingBytes: Self.maxBytes
        )
    }
}
