package import ServiceRuntime

/// How many calls a queue may start.
///
/// Keys, for every queue under its name in capitals: `…_RATE_MAX`, `…_RATE_DURATION_MS`, `…_RATE_SCOPE`.
package struct RateLimit: Sendable, Equatable {
    /// Who shares the limit.
    package enum Scope: String, CaseIterable, Sendable {
        case queue
        case shop
    }

    /// Starts allowed in every window.
    package var maxStarts: Int
    package var window: Duration
    package var scope: Scope

    /// Most starts in a window that can be configured; the server keeps at most one entry for each.
    package static let maxMaxStarts = 10_000

    package init(maxStarts: Int, window: Duration, scope: Scope = .queue) {
        self.maxStarts = maxStarts
        self.window = window
        self.scope = scope
    }

    /// The settings of all queues; one without a limit is left out.
    package static func all(settings: inout SettingsReader) -> [Queue: RateLimit] {
        var all: [Queue: RateLimit] = [:]
        for queue in Queue.allCases { all[queue] = RateLimit(queue, settings: &settings) }
        return all
    }

    /// Nil when the queue has no limit.
    init?(_ queue: Queue, settings: inout SettingsReader) {
        let starts = settings.int(
            "\(queue.keyPrefix)_RATE_MAX",
            default: queue == .notifications ? 2 : 0,
            in: 0...Self.maxMaxStarts,
            unit: "calls",
            "Most calls of this queue in every window, over all replicas; 0 is no limit."
        )
        let window = settings.duration(
            milliseconds: "\(queue.keyPrefix)_RATE_DURATION_MS",
            default: 1_000,
            in: 10...3_600_000,
            "The length of that window."
        )
        let scope = settings.choice(
            "\(queue.keyPrefix)_RATE_SCOPE",
            default: Scope.queue,
            "Whether all calls of the queue share the limit or those of each shop."
        )
        guard starts > 0 else { return nil }
        self.init(maxStarts: starts, window: window, scope: scope)
    }

    /// How long turns may be kept for calls to come: not until a limit that has forgotten them opens, nor for long after
    /// somebody has closed it.
    var shelfLife: Duration { min(window / 2, .milliseconds(100)) }

    /// The window that is kept: longer by what two clocks may differ in its course.
    package var keptWindow: Duration { window + max(window / 1_000, .milliseconds(1)) }
}
