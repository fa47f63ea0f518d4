package import FoundationEssentials
package import Logging
import Metrics
package import Redis
import ServiceLifecycle
import Synchronization

/// Rings for subjects after their events are durable, without making anybody wait for Redis.
///
/// What piles up while a flight is under way goes out together in the next. When Redis is away or the buffer is full the
/// doorbell is dropped and counted: the relay rings for it later.
package final class DoorbellSender: Service, Sendable {
    /// Most subjects waiting to be sent; beyond it they are left to the relay.
    package static let maxWaiting = 65_536

    private struct State {
        var waiting: [DoorbellStreams.Name: [UUID]] = [:]
        var count = 0
        var queues: Set<Queue> = []
        var isStopping = false
    }

    private let redis: RedisClient
    private let streams: DoorbellStreams
    private let logger: Logger
    private let beforeFlight: @Sendable () async -> Void
    private let state = Mutex(State())
    private let bell = Wakeup()
    private let rung = Counter(label: "doorbells_sent_total")
    private let dropped = Counter(label: "doorbells_dropped_total")

    /// - Parameter beforeFlight: runs before whatever has piled up is sent.
    package init(
        redis: RedisClient,
        streams: DoorbellStreams,
        logger: Logger,
        beforeFlight: @escaping @Sendable () async -> Void = {}
    ) {
        self.redis = redis
        self.streams = streams
        self.logger = logger
        self.beforeFlight = beforeFlight
    }

    /// Hands the subjects over and returns at once. Safe to repeat.
    package func ring(_ subjects: [UUID], on stream: DoorbellStreams.Name) {
        let hasRoom = state.withLock { state in
            guard state.count + subjects.count <= Self.maxWaiting else { return false }
            state.waiting[stream, default: []] += subjects
            state.count += subjects.count
            return true
        }
        guard hasRoom else { return dropped.increment(by: subjects.count) }
        bell.ring()
    }

    /// Wakes a runner of each of the queues, and returns at once: one ring says as much as many. Lost ones are healed by the
    /// looks that every runner takes by itself.
    package func ring(_ queues: Set<Queue>) {
        guard !queues.isEmpty else { return }
        state.withLock { $0.queues.formUnion(queues) }
        bell.ring()
    }

    /// Sends until graceful shutdown, then what is left.
    package func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            while await waitForWork() {
                await beforeFlight()
                await flush()
            }
            await flush()
        } onCancelOrGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.bell.ring()
        }
    }

    /// False when there is nothing left and the sender stops.
    private func waitForWork() async -> Bool {
        while state.withLock({ $0.count == 0 && $0.queues.isEmpty && !$0.isStopping }) { await bell.wait() }
        return state.withLock { !$0.isStopping }
    }

    private func flush() async {
        let (waiting, queues) = state.withLock { state in
            defer { (state.waiting, state.count, state.queues) = ([:], 0, []) }
            return (state.waiting, state.queues)
        }
        for (stream, subjects) in waiting {
            do {
                try await streams.ring(Self.distinct(subjects), on: stream, isRelayed: false, redis)
                rung.increment(by: subjects.count)
            } catch {
                dropped.increment(by: subjects.count)
                logger.debug("Doorbells were dropped; the relay will ring.", metadata: ["error": "\(error)"])
            }
        }
        guard !queues.isEmpty else { return }
        do {
            try await streams.ring(queues, redis)
            rung.increment(by: queues.count)
        } catch {
            dropped.increment(by: queues.count)
            logger.debug("Runners were not woken; they will look by themselves.", metadata: ["error": "\(error)"])
        }
    }

    private static func distinct(_ subjects: [UUID]) -> [UUID] {
        var seen = Set<UUID>(minimumCapacity: subjects.count)
        return subjects.filter { seen.insert($0).inserted }
    }
}
