package import HTTPServing
import Logging
import NIOCore
import Orders
package import ServiceRuntime

/// Settings of ingest.
///
/// Keys: `PORT`, `HOST`, `INGEST_MAX_BODY_BYTES`, `INGEST_MAX_BODIES_BYTES`, `INGEST_MAX_CONNECTIONS`, `INGEST_REQUEST_TIMEOUT_MS`, `INGEST_IDLE_TIMEOUT_MS`,
/// `INGEST_EVENT_LOOPS`, `INGEST_WRITERS`, `INGEST_BATCH_ROWS`, `INGEST_LINGER_US`, `INGEST_MAX_WAITING`, `INGEST_COMMIT_TIMEOUT_MS`, and those of
/// ``ShopifySecrets`` and ``CourierSecrets``.
package struct IngestConfiguration: Sendable {
    package var host: String
    package var port: Int
    package var maxBodyBytes: Int
    package var maxBodiesBytes: Int
    package var maxConnections: Int
    package var requestTimeout: Duration
    package var idleTimeout: Duration
    package var eventLoops: Int
    package var writers: Int
    package var commitTimeout: Duration
    package var shopify: ShopifySecrets
    package var couriers: CourierSecrets
    package var linger: Duration
    private var batchRows: Int
    private var maxWaiting: Int

    package init(settings: inout SettingsReader) {
        host = settings.string("HOST", default: "0.0.0.0", "The address that the public port listens on.")
        port = settings.int("PORT", default: 4000, in: 0...65_535, "The public port for webhooks, callbacks and the storefront.")
        maxBodyBytes = settings.int(
            "INGEST_MAX_BODY_BYTES",
            default: JSONLimits.webhook.maxBytes,
            in: 1_024...JSONLimits.webhook.maxBytes,
            unit: "bytes",
            "Largest accepted request body."
        )
        maxBodiesBytes = settings.int(
            "INGEST_MAX_BODIES_BYTES",
            default: 268_435_456,
            in: 1_048_576...17_179_869_184,
            unit: "bytes",
            "Most bytes of large bodies held at once; beyond it ingest answers 503 to large bodies."
        )
        maxConnections = settings.int(
            "INGEST_MAX_CONNECTIONS",
            default: 10_000,
            in: 16...1_000_000,
            unit: "connections",
            "Most connections open at once; further ones wait to be accepted."
        )
        requestTimeout = settings.duration(
            milliseconds: "INGEST_REQUEST_TIMEOUT_MS",
            default: 10_000,
            in: 100...120_000,
            "How long a client may take to send one request."
        )
        idleTimeout = settings.duration(
            milliseconds: "INGEST_IDLE_TIMEOUT_MS",
            default: 60_000,
            in: 100...3_600_000,
            "How long a connection may stay silent between two requests."
        )
        let loops = settings.int(
            "INGEST_EVENT_LOOPS",
            default: 0,
            in: 0...256,
            unit: "threads",
            "Threads that receive, verify and answer; 0 is one for every two cores."
        )
        eventLoops = loops > 0 ? loops : max(1, System.coreCount / 2)
        writers = settings.int(
            "INGEST_WRITERS",
            default: 1,
            in: 1...16,
            unit: "connections",
            "Connections that commit events to PostgreSQL."
        )
        batchRows = settings.int(
            "INGEST_BATCH_ROWS",
            default: 256,
            in: 1...1_024,
            unit: "events",
            "Most events that share a flush to the disk."
        )
        linger = .microseconds(
            settings.int(
                "INGEST_LINGER_US",
                default: 2_000,
                in: 0...20_000,
                unit: "microseconds",
                "How long a busy writer waits for most of the senders it has just answered; with one writer only."
            )
        )
        maxWaiting = settings.int(
            "INGEST_MAX_WAITING",
            default: 8_192,
            in: 16...1_000_000,
            unit: "requests",
            "Most requests waiting for a commit; beyond it ingest answers 503 at once."
        )
        commitTimeout = settings.duration(
            milliseconds: "INGEST_COMMIT_TIMEOUT_MS",
            default: 1_000,
            in: 50...4_000,
            "How long a commit may take before its requests are answered 503."
        )
        shopify = ShopifySecrets(settings: &settings)
        couriers = CourierSecrets(settings: &settings)
    }

    /// Says loudly whose webhooks are believed without a signature.
    func announceUnsignedSources(_ logger: Logger) {
        for source in (shopify.isVerified ? [] : [Route.shopify.source]) + couriers.unsignedProviders.map(\.rawValue) {
            logger.warning(
                "Webhooks are believed without a signature: whoever reaches the public port can send them.",
                metadata: ["event.source": "\(source)"]
            )
        }
    }

    /// Fewest requests worth lingering for: a lone sender never waits.
    private static var lingerRows: Int { 8 }
    /// Enough to be worth a statement of their own.
    private static var partRows: Int { 8 }
    /// Bodies of one commit together, and bodies waiting, are bounded in bytes as well as in rows.
    private static var batchBytes: Int { 2 << 20 }
    private static var waitingBytes: Int { 64 << 20 }

    package var coalescerLimits: CoalescerLimits {
        CoalescerLimits(
            batchRows: batchRows,
            batchBytes: Self.batchBytes,
            partRows: Self.partRows,
            lingerRows: writers == 1 ? Self.lingerRows : .max,
            waiting: maxWaiting,
            waitingBytes: Self.waitingBytes
        )
    }
}
