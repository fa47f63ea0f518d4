import EventStore
import FoundationEssentials
package import Logging
import Metrics
import Orders
import Postgres
package import Queues
import ServiceLifecycle
package import ServiceRuntime

/// A lane of the orchestrator: waits for doorbells, merges what they name, acknowledges.
package struct OrderWorker: Service {
    /// Longest wait for a doorbell before the lane looks for work that others left behind.
    static let receiveTimeout: Duration = .seconds(1)
    /// Under load, a lane waits this long for a batch of a worthwhile size: the cost of a transaction is shared by its orders.
    static let gatherTime: Duration = .milliseconds(5)
    /// A batch after which the lane counts as loaded, and one that is worthwhile, in subjects.
    static let (loadedSubjects, worthwhileSubjects) = (8, 128)
    /// How often a lane looks for what others left behind, however busy it is.
    static let claimInterval: Duration = .seconds(5)

    private let listener: DoorbellListener
    private let merger: BatchMerger
    private let logger: Logger
    private let failpoints: Failpoints

    package init(listener: DoorbellListener, merger: BatchMerger, logger: Logger, failpoints: Failpoints = .off) {
        self.listener = listener
        self.merger = merger
        self.logger = logger
        self.failpoints = failpoints
    }

    /// Works until graceful shutdown; the batch under way is finished first.
    package func run() async throws {
        let backoff = ReconnectBackoff()
        var failures = 0
        var fault = RecurringFault()
        var takesPending = true
        var isLoaded = false
        // Read, and not merged because PostgreSQL was away or full: who reads on instead throws every doorbell of the outage away.
        var kept: [DoorbellListener.Received] = []
        var nextClaim = ContinuousClock.now + Self.claimInterval
        await cancelWhenGracefulShutdown { await listener.waitForStart() }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                var received = kept
                if kept.isEmpty { received = try await next(takesPending: takesPending) }
                if isLoaded { try await gather(&received) }
                // What is kept is ours all the same, and idle for longer and longer: a claim would bring it once more each time.
                if kept.isEmpty, received.isEmpty || ContinuousClock.now >= nextClaim {
                    received += try await listener.claim()
                    nextClaim = .now + Self.claimInterval
                }
                kept = []
                do {
                    try await handle(received)
                } catch let outage as PostgresError where outage.classification == .transient {
                    kept = received
                    throw outage
                }
                isLoaded = Self.subjects(received) >= Self.loadedSubjects
                takesPending = takesPending && !received.isEmpty
                failures = 0
                fault.end()
            } catch  where Task.isShuttingDownGracefully {
                return
            } catch {
                fault.warn("A lane could not go on and tries again.", error, to: logger)
                failures += 1
                let jitter = Double.random(in: 0...1)
                // Cancelled means that the loop ends.
                try? await Task.sleep(for: backoff.delay(attempt: failures, jitter: jitter))
            }
        }
    }

    /// First what this consumer had before it restarted, then new doorbells.
    private func next(takesPending: Bool) async throws -> [DoorbellListener.Received] {
        if takesPending {
            let own = try await listener.receivePending()
            if !own.isEmpty { return own }
        }
        return try await cancelWhenGracefulShutdown { try await listener.receive(timeout: Self.receiveTimeout) }
    }

    private func gather(_ received: inout [DoorbellListener.Received]) async throws {
        let deadline = ContinuousClock.now + Self.gatherTime
        while Self.subjects(received) < Self.worthwhileSubjects, !received.isEmpty {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left >= .milliseconds(1) else { return }
            received += try await cancelWhenGracefulShutdown { try await listener.receive(timeout: left) }
        }
    }

    private static func subjects(_ received: [DoorbellListener.Received]) -> Int {
        received.reduce(0) { $0 + $1.doorbell.subjects.count }
    }

    private func handle(_ received: [DoorbellListener.Received]) async throws {
        guard !received.isEmpty else { return }
        await failpoints.hit(.workerAfterRead)
        let suspects = received.filter { $0.isClaimed || $0.doorbell.isRelayed }
        let others = received.filter { !($0.isClaimed || $0.doorbell.isRelayed) }
        try await merger.merge(others.flatMap(\.doorbell.subjects))
        try await merger.mergeSuspects(suspects.flatMap(\.doorbell.subjects))
        await failpoints.hit(.workerAfterCommit)
        try await listener.acknowledge(received)
    }
}
