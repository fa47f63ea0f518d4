package import ServiceRuntime

/// The Redis streams that wake workers, and the group that reads them.
///
/// Keys: `STREAM_PREFIX`, `STREAM_MAX_ENTRIES`.
package struct DoorbellStreams: Sendable, Equatable {
    /// A stream of doorbells: from ingest to the orchestrators, or from the orchestrators to the runners of a queue.
    package enum Name: String, CaseIterable, Sendable {
        case shopifyEvents = "shopify-events"
        case courierEvents = "courier-events"
        case bookings = "internal-booking-events"
        case courierCommands = "courier-commands"
        case notifications = "shopify-admin-notifications"
        case storefront = "storefront-processing"

        /// The streams that ring for events.
        package static let events: [Name] = [.shopifyEvents, .courierEvents]

        /// Where events of a source ring.
        package init(source: String) {
            self = source == "courier" ? .courierEvents : .shopifyEvents
        }
    }

    /// In front of every key, so that several installations can share a Redis.
    package var prefix: String
    /// About how many entries a stream keeps when nobody reads it; the relay rings again for what was cut.
    package var maxEntries: Int
    /// About how many entries the stream of a queue keeps: each of them says the same.
    package static let maxQueueEntries = 1_000
    /// The consumer group of the orchestrators.
    package var group = "orchestrators"

    package init(prefix: String, maxEntries: Int = 100_000) {
        self.prefix = prefix
        self.maxEntries = maxEntries
    }

    package init(settings: inout SettingsReader) {
        prefix = settings.string("STREAM_PREFIX", default: "orders:", "Put in front of every Redis key.")
        maxEntries = settings.int(
            "STREAM_MAX_ENTRIES",
            default: 100_000,
            in: 1_000...10_000_000,
            unit: "entries",
            "About how many doorbells a stream keeps while nobody reads it."
        )
    }

    /// The key of a stream. The hash tag keeps a stream and whatever belongs to it in one slot of a Redis Cluster.
    package func key(_ name: Name) -> String {
        "\(prefix){\(name.rawValue)}"
    }

    /// The keys of a limit, in the slot of its queue's stream.
    func limiterKeys(_ queue: Queue, scope: String) -> [String] {
        ["\(key(queue.stream)):limit:\(scope)", "\(key(queue.stream)):turns:\(scope)"]
    }

    /// The key of a shop's bucket of points, in the same slot.
    func costKey(_ queue: Queue, shop: String) -> String {
        "\(key(queue.stream)):cost:\(shop)"
    }

    /// About how many entries a stream keeps.
    func maxEntries(_ name: Name) -> Int {
        Name.events.contains(name) ? maxEntries : min(maxEntries, Self.maxQueueEntries)
    }
}
