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

    private typealias Machine = LaneStateMachine<DoorbellListener.Received>

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

    /// Works until graceful shutdown; what has been read is merged first.
    package func run() async throws {
        let backoff = ReconnectBackoff()
        var fault = RecurringFault()
        await cancelWhenGracefulShutdown { await listener.waitForStart() }
        var machine = Machine(claimInterval: Self.claimInterval, loadedSubjects: Self.loadedSubjects, now: .now)
        while !Task.isCancelled, !Task.isShuttingDownGracefully || machine.hasUntried {
            do {
                try await perform(machine.next, &machine)
                if machine.failures == 0 { fault.end() }
            } catch  where Task.isShuttingDownGracefully {
                return
            } catch {
                machine.failed(keeps: (error as? PostgresError)?.classification == .transient)
                fault.warn("A lane could not go on and tries again.", error, to: logger)
                let jitter = Double.random(in: 0...1)
                // Cancelled means that the loop ends.
                try? await Task.sleep(for: backoff.delay(attempt: machine.failures, jitter: jitter))
            }
        }
    }

    private func perform(_ action: Machine.Action, _ machine: inout Machine) async throws {
        switch action {
        case .readOwn:
            machine.read(try await listener.receivePending(), at: .now)
        case .readNew(let gathers):
            var received = try await cancelWhenGracefulShutdown { try await listener.receive(timeout: Self.receiveTimeout) }
            // What has been read is merged even so; the next read fails for the same reason.
            if gathers { try? await gather(&received) }
            machine.read(received, at: .now)
        case .claim:
            machine.claimed(try await listener.claim(), at: .now)
        case .merge(let received):
            try await handle(received)
            machine.merged(subjects: Self.subjects(received))
        }
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
        await failpoints.hit(.workerAfterRead)
        let suspects = received.filter { $0.isClaimed || $0.doorbell.isRelayed }
        let others = received.filter { !($0.isClaimed || $0.doorbell.isRelayed) }
        try await merger.merge(others.flatMap(\.doorbell.subjects))
        try await merger.mergeSuspects(suspects.flatMap(\.doorbell.subjects))
        await failpoints.hit(.workerAfterCommit)
        try await listener.acknowledge(received)
    }
}
