import ServiceRuntime

/// What a proof does to the stack. Each is a row of the failure matrix in docs/ARCHITECTURE.md.
package enum FaultKind: String, CaseIterable, Sendable {
    /// `ingest` is killed and comes back.
    case ingestKill = "ingest-kill"
    /// `ingest` stands still and goes on.
    case ingestPause = "ingest-pause"
    /// One orchestrator is killed and comes back; the others go on.
    case orchestratorKill = "orchestrator-kill"
    /// All orchestrators are killed and come back.
    case orchestratorsKill = "orchestrators-kill"
    /// One orchestrator stands still, wherever it is, and goes on.
    case orchestratorPause = "orchestrator-pause"
    /// `ingest` kills itself, or stalls, at a named point around its commit.
    case ingestFailpoint = "ingest-failpoint"
    /// An orchestrator kills itself, or stalls, at a named point of its merge.
    case mergeFailpoint = "merge-failpoint"
    /// An orchestrator kills itself, or stalls, at a named point around a call to the outside.
    case callFailpoint = "call-failpoint"
    /// Redis forgets everything.
    case redisFlush = "redis-flush"
    /// Redis is killed and comes back empty.
    case redisRestart = "redis-restart"
    /// Latency, and few bytes a second, between services and Redis.
    case redisSlow = "redis-slow"
    /// Connections to Redis are reset and new ones refused for a while.
    case redisCut = "redis-cut"
    /// Nothing passes between services and Redis, and nobody is told.
    case redisBlackHole = "redis-black-hole"
    /// PostgreSQL stops as `pg_ctl stop --mode=immediate` does, and recovers.
    case postgresRestart = "postgres-restart"
    /// Latency, and few bytes a second, between services and PostgreSQL.
    case postgresSlow = "postgres-slow"
    /// Connections to PostgreSQL are reset and new ones refused for a while.
    case postgresCut = "postgres-cut"
    /// Nothing passes between services and PostgreSQL, and nobody is told.
    case postgresBlackHole = "postgres-black-hole"

    /// How long what was accepted before the fault's end may wait to be merged: the bound of its row in the matrix.
    package var bound: Duration {
        switch self {
        case .ingestKill, .ingestPause, .ingestFailpoint: .seconds(2)
        case .redisFlush, .redisRestart, .redisSlow, .redisCut, .redisBlackHole: .seconds(5)
        case .postgresRestart: .seconds(2)
        case .orchestratorKill, .orchestratorsKill, .orchestratorPause, .mergeFailpoint, .callFailpoint, .postgresSlow,
            .postgresCut, .postgresBlackHole:
            .seconds(15)
        }
    }

    /// How long the fault holds, in milliseconds, before the scale of the run.
    var hold: Range<Int> {
        switch self {
        case .redisFlush: 1..<2
        case .ingestKill, .orchestratorKill, .orchestratorsKill, .redisRestart: 200..<2_000
        case .ingestFailpoint, .mergeFailpoint, .callFailpoint: 500..<4_000
        case .postgresRestart: 1..<2
        case .ingestPause: 500..<3_000
        case .orchestratorPause: 1_000..<6_000
        case .redisSlow, .postgresSlow: 1_000..<5_000
        case .redisCut, .postgresCut: 1..<2_000
        case .redisBlackHole, .postgresBlackHole: 1_000..<6_000
        }
    }

    /// Whether a request may rightly go unanswered while it holds.
    package var silencesIngest: Bool { self == .ingestKill || self == .ingestPause || self == .ingestFailpoint }

    /// Whether jobs may lose their worker: each has to be claimed by another within the bound.
    var endsWorkers: Bool {
        switch self {
        case .orchestratorKill, .orchestratorsKill, .mergeFailpoint, .callFailpoint: true
        default: false
        }
    }

    /// Whether it comes only where couriers are booked and shops told.
    package var needsBooking: Bool { self == .callFailpoint }

    /// At which hit of a point it happens: soon, also where few come by.
    var hits: Range<Int> { self == .callFailpoint ? 1..<2 : 1..<5 }

    /// The points at which a process may kill itself or stall, if it is about such points.
    var failpoints: [Failpoint] {
        switch self {
        case .ingestFailpoint: [.ingestBeforeCommit, .ingestAfterCommit, .ingestBeforeDoorbell]
        case .mergeFailpoint: [.workerAfterRead, .workerInTransaction, .workerBeforeJobDoorbell, .workerAfterCommit]
        case .callFailpoint: [.jobBeforeCall, .jobDuringCall, .jobAfterCall, .jobBeforeFinish]
        default: []
        }
    }

    /// Whose links it is about, if it is about links.
    var server: StackLink.Server? {
        switch self {
        case .redisSlow, .redisCut, .redisBlackHole: .redis
        case .postgresSlow, .postgresCut, .postgresBlackHole: .postgres
        default: nil
        }
    }
}
