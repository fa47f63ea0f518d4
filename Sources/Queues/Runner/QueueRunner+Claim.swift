import Logging
import Postgres
import Synchronization

/// Finding and claiming what is due.
extension QueueRunner {
    /// Most shops that one claim looks at; the next one goes on with the shops after them.
    static let maxShops = 64
    /// A job is claimed when its turn comes within this time; the rest of the wait is its own.
    static let turnHorizon: Duration = .milliseconds(200)
    /// Shortest time between two looks at a limit without turns.
    static let shortestLook: Duration = .milliseconds(5)

    /// Claims up to `room` jobs and tells the machine; none when a server is away.
    func claim(room: Int) async -> [ClaimedJob] {
        do {
            let due = try await dueShops(limit: room)
            let turns = try await turns(of: due, room: room)
            let plan = ClaimPlan(due: due, room: room, allowed: turns.allowed) { self.limiter?.scope(shop: $0) ?? "" }
            expect(plan)
            let jobs = plan.quotas.isEmpty ? [] : try await claim(plan)
            cursor.withLock { $0 = due.count > 1 ? plan.quotas.last?.shop ?? $0 : "" }
            let next = [due.compactMap(\.next).min(), turns.wait].compactMap(\.self).min()
            machine.withLock {
                $0.claimed(jobs.count, leavesDue: plan.leavesDue, next: next, jitter: jitter(), now: .now)
            }
            return jobs
        } catch {
            logger.warning("Jobs could not be claimed; the runner tries again.", metadata: ["error": "\(error)"])
            machine.withLock { $0.failed(jitter: jitter(), now: .now) }
            return []
        }
    }

    /// The next shops in turn, the one that was served last at the end.
    private func dueShops(limit: Int) async throws -> [JobTable.DueShop] {
        let (queue, start) = (queue, cursor.withLock { $0 })
        return try await pool.withConnection { connection in
            try JobTable.dueShops(queue, behind: start, shops: Self.maxShops, limit: limit, on: connection)
        }
    }

    /// How many turns each limit has soon, and how long until there is one where there is none.
    private func turns(of due: [JobTable.DueShop], room: Int) async throws -> (allowed: [String: Int], wait: Duration?) {
        guard let limiter else { return ([:], nil) }
        var allowed: [String: Int] = [:]
        var wait: Duration?
        for scope in Set(due.filter { $0.due > 0 }.map { limiter.scope(shop: $0.shop) }) {
            let waiting = ledger.count(scope: scope)
            // A limit that leaves room for all, and more than once, is not asked what it has just said.
            if limiter.justKnew(of: 2 * (room + waiting), scope: scope) { continue }
            let forecast = try await limiter.forecast(of: room + waiting, within: Self.turnHorizon, scope: scope)
            let free = forecast.soon - waiting
            allowed[scope] = max(0, free)
            if free <= 0 {
                // Turns that jobs claimed earlier wait for are none for others; look again when those have gone.
                let until = forecast.soon > 0 ? Self.turnHorizon / 2 : max(forecast.wait - Self.turnHorizon, Self.shortestLook)
                wait = min(wait ?? until, until)
            }
        }
        return (allowed, wait)
    }

    /// Turns for what is claimed come while PostgreSQL writes the claim.
    private func expect(_ plan: ClaimPlan) {
        guard let limiter, let turnstile else { return }
        let jobs = Dictionary(plan.quotas.map { (limiter.scope(shop: $0.shop), $0.jobs) }, uniquingKeysWith: +)
        for (scope, jobs) in jobs where limiter.hadPlenty(scope: scope) {
            turnstile.expect(jobs + ledger.count(scope: scope), scope: scope)
        }
    }

    private func claim(_ plan: ClaimPlan) async throws -> [ClaimedJob] {
        let (queue, worker, configuration) = (queue, worker, configuration)
        // Of our own clock, and from before PostgreSQL looks at its own.
        let leaseEnd = ContinuousClock.now + configuration.lease
        let jobs = try await pool.withConnection { connection in
            try JobTable.claim(
                queue,
                quotas: plan.quotas.map { ($0.shop, $0.jobs) },
                worker: worker,
                configuration: configuration,
                on: connection
            )
        }
        return jobs.map { job in
            var job = job
            job.gate = StartGate(leaseEnd: leaseEnd, limit: limit(of: job))
            return job
        }
    }

    private func limit(of job: ClaimedJob) -> StartGate.Limit? {
        guard let limiter, let turnstile else { return nil }
        let scope = limiter.scope(shop: job.shop)
        return StartGate.Limit(turnstile: turnstile, scope: scope, ledger: ledger, job: job.id, gotTurn: metrics.gotTurn)
    }
}
