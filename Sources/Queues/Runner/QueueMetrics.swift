import Metrics

/// What a queue holds and does, each metric with the queue as its label.
struct QueueMetrics: Sendable {
    private let outcomes: [String: Counter]
    private let claimed: Counter
    private let waited: Metrics.Timer
    private let took: Metrics.Timer
    private let turn: Metrics.Timer
    private let counts: [JobView.State: Meter]
    private let isPaused: Meter

    init(_ queue: Queue) {
        let label = ("queue", queue.rawValue)
        func outcome(_ name: String) -> (String, Counter) {
            (name, Counter(label: "jobs_outcomes_total", dimensions: [label, ("outcome", name)]))
        }
        func count(_ state: JobView.State) -> (JobView.State, Meter) {
            (state, Meter(label: "jobs_live", dimensions: [label, ("state", state.rawValue)]))
        }
        outcomes = Dictionary(
            uniqueKeysWithValues: ["done", "cancelled", "retry", "postpone", "throttled", "left-alone", "dead"].map(outcome)
        )
        claimed = Counter(label: "jobs_claimed_total", dimensions: [label])
        waited = Metrics.Timer(label: "jobs_schedule_to_start_seconds", dimensions: [label])
        took = Metrics.Timer(label: "jobs_duration_seconds", dimensions: [label])
        turn = Metrics.Timer(label: "jobs_limiter_wait_seconds", dimensions: [label])
        counts = Dictionary(uniqueKeysWithValues: JobView.State.live.map(count))
        isPaused = Meter(label: "queue_paused", dimensions: [label])
    }

    func claimed(_ job: ClaimedJob) {
        claimed.increment()
        waited.record(duration: job.waited)
    }

    func ended(_ outcome: JobOutcome, after duration: Duration) {
        took.record(duration: duration)
        outcomes[outcome.name]?.increment()
    }

    func gotTurn(after duration: Duration) {
        turn.record(duration: duration)
    }

    func report(_ report: QueueReport) {
        counts[.ready]?.set(report.ready)
        counts[.scheduled]?.set(report.scheduled)
        counts[.running]?.set(report.running)
        counts[.blocked]?.set(report.blocked)
        counts[.dead]?.set(report.dead)
        isPaused.set(report.pause == nil ? 0 : 1)
    }
}

extension JobOutcome {
    /// A word for metrics and logs.
    var name: String {
        switch self {
        case .done: "done"
        case .cancelled: "cancelled"
        case .retry: "retry"
        case .postpone: "postpone"
        case .throttled: "throttled"
        case .leftAlone: "left-alone"
        case .dead: "dead"
        }
    }
}
