import Glibc
package import Logging
import Synchronization

/// The failpoints of a process. Off, which they are unless `FAILPOINTS` is set, a hit is one look at a constant.
package struct Failpoints: Sendable {
    /// Nothing ever happens.
    package static let off = Failpoints(armed: nil)

    private let armed: Armed?

    private init(armed: Armed?) {
        self.armed = armed
    }

    package init(_ plans: [Failpoint: FailpointPlan], logger: Logger) {
        armed = plans.isEmpty ? nil : Armed(plans: plans, logger: logger)
    }

    /// What came by the point dies or stalls here, if that is planned for this hit.
    package func hit(_ point: Failpoint) async {
        guard let time = armed?.stall(at: point) else { return }
        // Unstructured: a process that hangs cannot be told to stop hanging, so neither a deadline nor a cancellation ends it.
        await Task { try? await Task.sleep(for: time) }.value
    }

    /// The same on a thread that may be blocked.
    package func hit(_ point: Failpoint) {
        guard let time = armed?.stall(at: point) else { return }
        usleep(UInt32(time / .microseconds(1)))
    }
}

/// The plans and how often each point was hit.
private final class Armed: Sendable {
    private let plans: [Failpoint: FailpointPlan]
    private let logger: Logger
    private let hits = Mutex<[Failpoint: Int]>([:])

    init(plans: [Failpoint: FailpointPlan], logger: Logger) {
        self.plans = plans
        self.logger = logger
    }

    /// Counts the hit; kills the process, or returns how long to stall.
    func stall(at point: Failpoint) -> Duration? {
        guard let plan = plans[point] else { return nil }
        let hit = hits.withLock { hits in
            hits[point, default: 0] += 1
            return hits[point, default: 0]
        }
        guard hit == plan.hit else { return nil }
        logger.critical("A failpoint is hit.", metadata: ["failpoint": "\(point.rawValue)", "failpoint.plan": "\(plan)"])
        switch plan.action {
        case .stall(let time): return time
        case .kill:
            raise(SIGKILL)
            return nil
        }
    }
}
