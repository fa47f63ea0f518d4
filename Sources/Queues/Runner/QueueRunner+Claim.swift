import Logging
import Postgres
import ServiceRuntime
import Synchronization

/// Finding and claiming what is due.
extension QueueRunner {
    /// Most shops with something due that are looked at together; while none of them has anything to give, the next ones are.
    static let maxShops = 64
    /// A job is claimed when its turn comes within this time; the rest of the wait is its own.
    static let turnHorizon: Duration = .milliseconds(200)
    /// Shortest time between two looks at a limit without turns.
    static let shortestLook: Duration = .milliseconds(5)

    /// Claims up to `room` jobs and tells the machine; none when a server is away.
    func claim(room: Int) async -> [ClaimedJob] {
        do {
            let (plan, next) = try await plan(room: room)
            expect(plan)
            let jobs = plan.quotas.isEmpty ? [] : try await claim(plan)
            machine.withLock {
                $0.claimed(jobs.count, leavesDue: plan.leavesDue, next: next, jitter: jitter(), now: .now)
            }
            claimFault.withLock { _ = $0.end() }
            return jobs
        } catch {
            claimFault.withLock { $0.warn("Jobs could not be claimed; the runner tries again.", error, to: logger) }
            machine.withLock { $0.failed(jitter: jitter(), now: .now) }
            return []
        }
    }

    /// Goes round the shops, the one that was served last at the end, until some have jobs to give. A shop that has none, because its
    /// jobs wait for others or for turns of its own, or that is to be left alone, keeps nobody behind it waiting.
    private func plan(room: Int) async throws -> (plan: ClaimPlan, next: Duration?) {
        // Where all shops are one party nobody need look what is due.
        if let left = queue.commonParty.flatMap(rests.left) { return (ClaimPlan(due: [], room: room), left) }
        var (start, next): (String, Duration?) = (cursor.withLock { $0 }, nil)
        var seen: Set<String> = []
        while true {
            let due = try await due(behind: start, limit: room)
            let shops = due.shops.filter { seen.insert($0.shop).inserted }
            let waits = shops.map { rests.left(queue.party(shop: $0.shop)) }
            let awake = zip(shops, waits).filter { $1 == nil }.map(\.0)
            let turns = try await turns(of: awake, room: room)
            next = [next, due.next, turns.wait, waits.compactMap(\.self).min()].compactMap(\.self).min()
            let isRound = shops.count < Self.maxShops
            var plan = ClaimPlan(due: awake, room: room, allowed: turns.allowed) { self.limiter?.scope(shop: $0) ?? "" }
            if let last = plan.quotas.last?.shop {
                if !isRound { plan.leavesDue = true }
                cursor.withLock { $0 = seen.count > 1 ? last : "" }
                return (plan, next)
            }
            // Without turns for the queue there are none for the shops behind either.
            let isSpent = limiter?.limit.scope == .queue && turns.wait != nil
            guard !isRound, !isSpent, !isStopping, let last = shops.last?.shop else { return (plan, next) }
            start = last
        }
    }

    private func due(behind start: String, limit: Int) async throws -> JobTable.Due {
        let queue = queue
        return try await pool.withConnection { connection in
            try JobTable.due(queue, behind: start, shops: Self.maxShops, limit: limit, on: connection)
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
            let party = queue.party(shop: job.shop)
            job.gate = StartGate(leaseEnd: leaseEnd, rest: { [rests] in rests.left(party) }, limit: limit(of: job))
            return job
        }
    }

    private func limit(of job: ClaimedJob) -> StartGate.Limit? {
        guard let limiter, let turnstile else { return nil }
        let scope = limiter.scope(shop: job.shop)
        return StartGate.Limit(
            turnstile: turnstile,
            scope: scope,
            turns: JobTurns(ledger, scope: scope),
            gotTurn: metrics.gotTurn
        )
    }
}
