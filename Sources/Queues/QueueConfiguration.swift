package import ServiceRuntime

/// Settings of one queue.
///
/// Keys: `QUEUE_DEFAULT_ATTEMPTS`, `QUEUE_DEFAULT_BACKOFF_MS`, `QUEUE_DEFAULT_BACKOFF_TYPE`, `QUEUE_OUTAGE_PATIENCE_MS`,
/// `JOB_RETENTION_DAYS`, and for every queue, under its name in capitals, `…_ATTEMPTS`, `…_BACKOFF_MS`, `…_BACKOFF_TYPE`,
/// `…_CONCURRENCY`, `…_DEADLINE_MS`, and those of ``RateLimit``.
package struct QueueConfiguration: Sendable, Equatable {
    /// Attempts that a job has before it is a dead letter.
    package var attempts: Int32
    package var backoff: Backoff
    /// Jobs that one replica runs at the same time.
    package var concurrency: Int
    /// Bound on one attempt.
    package var deadline: Duration
    /// Nil for a queue without a limit.
    package var rate: RateLimit?
    /// How long a job waits for a party that answers nobody, without using up attempts.
    package var outagePatience: Duration
    /// How long a job that has ended is remembered at least, with its key: it goes with its month.
    package var retention: Duration

    /// Between the deadline of an attempt and the end of its lease: time to write down how it ended.
    package static let leaseMargin: Duration = .seconds(2)

    package init(
        attempts: Int32 = 3,
        backoff: Backoff = Backoff(kind: .exponential, first: .seconds(5)),
        concurrency: Int = 16,
        deadline: Duration = .seconds(10),
        rate: RateLimit? = nil,
        outagePatience: Duration = .seconds(900),
        retention: Duration = .seconds(90 * 86_400)
    ) {
        self.attempts = attempts
        self.backoff = backoff
        self.concurrency = concurrency
        self.deadline = deadline
        self.rate = rate
        self.outagePatience = outagePatience
        self.retention = retention
    }

    /// Bound on one attempt, the wait for its turn included.
    var attemptDeadline: Duration { deadline + (rate == nil ? .zero : StartGate.maxWait) }

    /// How long a claimed job is left to its runner.
    package var lease: Duration { attemptDeadline + Self.leaseMargin }

    /// The settings of all queues.
    package static func all(settings: inout SettingsReader) -> [Queue: QueueConfiguration] {
        var all: [Queue: QueueConfiguration] = [:]
        for queue in Queue.allCases { all[queue] = QueueConfiguration(queue, settings: &settings) }
        return all
    }

    package init(_ queue: Queue, settings: inout SettingsReader) {
        let common = Common(settings: &settings)
        let prefix = queue.keyPrefix
        attempts = Int32(
            settings.int(
                "\(prefix)_ATTEMPTS",
                default: common.attempts,
                in: 1...100,
                unit: "attempts",
                defaultNote: "QUEUE_DEFAULT_ATTEMPTS",
                "Attempts that a job of this queue has."
            )
        )
        let first = settings.duration(
            milliseconds: "\(prefix)_BACKOFF_MS",
            default: common.backoffMilliseconds,
            in: 1...3_600_000,
            defaultNote: "QUEUE_DEFAULT_BACKOFF_MS",
            "First wait before a job of this queue is tried again."
        )
        let kind = settings.choice(
            "\(prefix)_BACKOFF_TYPE",
            default: common.backoffKind,
            defaultNote: "QUEUE_DEFAULT_BACKOFF_TYPE",
            "Whether that wait stays or doubles with every attempt."
        )
        backoff = Backoff(kind: kind, first: first)
        concurrency = settings.int(
            "\(prefix)_CONCURRENCY",
            default: 16,
            in: 1...1_024,
            unit: "jobs",
            "Jobs of this queue that one replica runs at the same time."
        )
        deadline = settings.duration(
            milliseconds: "\(prefix)_DEADLINE_MS",
            default: 10_000,
            in: 100...600_000,
            "How long one attempt may take; a job whose worker died is due again 5 s after that at the latest."
        )
        rate = RateLimit(queue, settings: &settings)
        outagePatience = common.outagePatience
        retention = .seconds(common.retentionDays * 86_400)
    }

    /// What holds for queues that say nothing else.
    private struct Common {
        var attempts: Int
        var backoffMilliseconds: Int
        var backoffKind: Backoff.Kind
        var outagePatience: Duration
        var retentionDays: Int

        init(settings: inout SettingsReader) {
            attempts = settings.int(
                "QUEUE_DEFAULT_ATTEMPTS",
                default: 3,
                in: 1...100,
                unit: "attempts",
                "Attempts that a job has before it is a dead letter."
            )
            backoffMilliseconds = settings.int(
                "QUEUE_DEFAULT_BACKOFF_MS",
                default: 5_000,
                in: 1...3_600_000,
                unit: "milliseconds",
                "First wait before a job is tried again."
            )
            backoffKind = settings.choice(
                "QUEUE_DEFAULT_BACKOFF_TYPE",
                default: Backoff.Kind.exponential,
                "Whether that wait stays or doubles with every attempt."
            )
            outagePatience = settings.duration(
                milliseconds: "QUEUE_OUTAGE_PATIENCE_MS",
                default: 900_000,
                in: 1_000...86_400_000,
                "How long a job waits, without using up attempts, for a destination that answers nobody; then it is a dead letter."
            )
            retentionDays = settings.int(
                "JOB_RETENTION_DAYS",
                default: 90,
                in: 1...3_650,
                unit: "days",
                "How long jobs that have ended are kept at least, with their answers and keys; they go by whole months."
            )
        }
    }
}
