package import Orders
package import Queues
package import ServiceRuntime

/// Settings of the orchestrator.
///
/// Keys: `ORCHESTRATOR_NAME`, `ORCHESTRATOR_LANES`, `ORCHESTRATOR_BATCH_SUBJECTS`, `ORCHESTRATOR_MAX_ATTEMPTS`,
/// `ORCHESTRATOR_RETRY_MS`, `RELAY_INTERVAL_MS`, `RELAY_AFTER_MS`, `RELAY_BATCH_SUBJECTS`,
/// `STOREFRONT_PROCESSING_MS`, and those of ``OrderRules``, `QueueConfiguration` and
/// ``OutboundConfiguration``.
package struct OrchestratorConfiguration: Sendable {
    /// Stable over restarts and different for every replica: a restarted replica finds its own pending doorbells again.
    package var name: String
    package var lanes: Int
    package var batchSubjects: Int
    package var maxAttempts: Int32
    package var retryMilliseconds: Int64
    package var relayInterval: Duration
    package var relayAfter: Duration
    package var relaySubjects: Int32
    package var booking: BookingPolicy
    package var effects: BookingEffects
    /// How long the background work on an order of the storefront takes.
    package var processing: Duration
    package var queues: [Queue: QueueConfiguration]
    package var outbound: OutboundConfiguration

    package init(settings: inout SettingsReader, defaultName: String) {
        name = settings.string(
            "ORCHESTRATOR_NAME",
            default: defaultName,
            "The name of this replica; two replicas must not share one."
        )
        lanes = settings.int(
            "ORCHESTRATOR_LANES",
            default: 1,
            in: 1...32,
            unit: "lanes",
            "Batches that one replica merges at the same time."
        )
        batchSubjects = settings.int(
            "ORCHESTRATOR_BATCH_SUBJECTS",
            default: 256,
            in: 1...512,
            unit: "subjects",
            "Most orders in one transaction."
        )
        maxAttempts = Int32(
            settings.int(
                "ORCHESTRATOR_MAX_ATTEMPTS",
                default: 5,
                in: 1...100,
                unit: "attempts",
                "Attempts to merge one event before it is quarantined."
            )
        )
        retryMilliseconds = Int64(
            settings.int(
                "ORCHESTRATOR_RETRY_MS",
                default: 1_000,
                in: 1...600_000,
                unit: "milliseconds",
                "First wait before a failed event is merged again; it doubles with every attempt."
            )
        )
        relayInterval = settings.duration(
            milliseconds: "RELAY_INTERVAL_MS",
            default: 500,
            in: 10...60_000,
            "How often the relay looks for events that wait."
        )
        relayAfter = settings.duration(
            milliseconds: "RELAY_AFTER_MS",
            default: 1_000,
            in: 10...600_000,
            "Age at which a waiting event is rung for again."
        )
        relaySubjects = Int32(
            settings.int(
                "RELAY_BATCH_SUBJECTS",
                default: 4_096,
                in: 1...65_536,
                unit: "events",
                "Most events the relay rings for at once."
            )
        )
        let rules = OrderRules(settings: &settings)
        (booking, effects) = (rules.booking, rules.effects)
        processing = settings.duration(
            milliseconds: "STOREFRONT_PROCESSING_MS",
            default: 5_000,
            in: 0...86_400_000,
            "How long the background work on an order of the storefront takes; no worker waits meanwhile."
        )
        queues = QueueConfiguration.all(settings: &settings)
        outbound = OutboundConfiguration(settings: &settings, isUsed: effects.isOn)
    }
}
