import Logging
import Postgres
import ServiceRuntime
import Synchronization

/// Writing down how attempts ended, and keeping the queue tidy.
extension QueueRunner {
    /// Most attempts whose end is written down in one statement.
    static let maxFinishes = 512
    /// How long a few ends wait for company.
    static let companyWait: Duration = .milliseconds(2)
    /// How often jobs that ended long ago are looked for.
    static let forgettingInterval: Duration = .seconds(60)
    /// Most dead letters that a handler is asked about at once.
    static let maxAsked = 100
    /// How much longer upkeep rests than it takes: counting 100,000 jobs must not be all that PostgreSQL does.
    static let upkeepRest = 40

    /// Writes until the runner has stopped and nothing is left.
    func finish() async {
        var failures = 0
        var fault = RecurringFault()
        var hasWaited = false
        while !machine.withLock({ $0.isDrained }) {
            let finishes = ended.withLock { Array($0.prefix(Self.maxFinishes)) }
            guard !finishes.isEmpty else {
                await finishBell.wait()
                continue
            }
            if !hasWaited, !machine.withLock({ $0.hasCompany(finishes.count) }) {
                hasWaited = true
                await finishBell.wait(until: .now + Self.companyWait)
                continue
            }
            hasWaited = false
            do {
                try await write(finishes)
                failures = 0
                fault.end()
            } catch {
                // The leases run out meanwhile and others claim the jobs; what is written then changes nothing.
                guard !Task.isCancelled else { return }
                fault.warn("The end of jobs could not be written down yet.", error, to: logger)
                failures += 1
                // Cancelled means that the loop ends.
                try? await Task.sleep(for: DispatchStateMachine.backoff.delay(attempt: failures, jitter: jitter()))
            }
        }
    }

    private func write(_ finishes: [JobTable.Finish]) async throws {
        await failpoints.hit(.jobBeforeFinish)
        let finished = try await pool.withConnection { try JobTable.finish(finishes, on: $0) }
        ended.withLock { $0.removeFirst(finishes.count) }
        machine.withLock { $0.finished(finishes.count) }
        dispatchBell.ring()
        roomBell.ring()
        let lost = finishes.count - finished.ended - finished.waiting - finished.dead
        if lost > 0 {
            logger.warning("Jobs outlived their leases and belong to others now.", metadata: ["job.count": "\(lost)"])
        }
        if finished.dead > 0 {
            logger.error("Jobs were given up on.", metadata: ["job.count": "\(finished.dead)"])
        }
    }

    /// Counts and tidies up every second or two.
    func keepUp() async {
        var nextForgetting = ContinuousClock.now
        var fault = RecurringFault()
        while !isStopping {
            let start = ContinuousClock.now
            do {
                let queue = queue
                try await release()
                try await buryLost()
                try await clearTheWay()
                let report = try await pool.withConnection { connection in
                    try QueueReport.all(on: connection).first { $0.queue == queue }
                }
                if let report { metrics.report(report) }
                if .now >= nextForgetting {
                    // Also when it fails: a month that somebody reads is left alone for a while.
                    nextForgetting = .now + Self.forgettingInterval
                    try await forget()
                }
                fault.end()
            } catch {
                fault.warn("A queue could not be tidied up; the next round will.", error, to: logger)
            }
            let interval = max(Self.upkeepInterval, start.duration(to: .now) * Self.upkeepRest)
            await upkeepBell.wait(until: .now + interval * (0.5 + jitter() / 2))
        }
    }

    private func release() async throws {
        let queue = queue
        let released = try await pool.withConnection { try JobTable.release(queue, on: $0) }
        guard released > 0 else { return }
        logger.notice("Jobs whose workers did not come back start again.", metadata: ["job.count": "\(released)"])
        machine.withLock { $0.rang() }
        dispatchBell.ring()
    }

    /// Whichever queue comes first does it for all of them.
    private func forget() async throws {
        let age = configuration.retention
        while !isStopping {
            let forgotten = try await pool.withConnection { try JobTable.forgetStray(endedBefore: age, on: $0) }
            if forgotten < JobTable.maxForgotten { break }
        }
        for var month in try await pool.withConnection({ try JobTable.months(endedBefore: age, on: $0) }) {
            var hasMore = true
            while hasMore {
                guard !isStopping else { return }
                (month, hasMore) = try await pool.withConnection { [month] connection in
                    var month = month
                    let hasMore = try JobTable.forgetKeys(of: &month, on: connection)
                    return (month, hasMore)
                }
            }
            try await pool.withConnection { [month] in try JobTable.drop(month, on: $0) }
            logger.notice("A month of jobs that had ended was dropped.", metadata: ["job.month": "\(month.month)"])
        }
    }

    /// Sets aside what waits behind dead letters, and ends those of them that nobody wants any more.
    private func clearTheWay() async throws {
        let queue = queue
        while !isStopping {
            let count = try await pool.withConnection { try JobTable.setAside(queue, on: $0) }
            if count < JobTable.maxUpkeep { break }
        }
        let last = lastBlocked.withLock { $0 }
        let blocking = try await pool.withConnection { try JobTable.blockingLetters(queue, behind: last, on: $0) }
        lastBlocked.withLock { $0 = blocking.last }
        for start in stride(from: 0, to: blocking.letters.count, by: Self.maxAsked) {
            let letters = Array(blocking.letters[start..<min(start + Self.maxAsked, blocking.letters.count)])
            let unwanted = try await stale(letters)
            let stale = letters.filter { unwanted.contains($0.id) }
            guard !stale.isEmpty else { continue }
            let ended = try await pool.withConnection { try JobTable.endStale(stale, on: $0) }
            logger.notice("Dead letters that nobody wants any more were ended.", metadata: ["job.count": "\(ended)"])
            machine.withLock { $0.rang() }
            dispatchBell.ring()
        }
    }

    /// Which of the letters nobody wants any more; one that cannot be looked at stays, and keeps no other from being ended.
    private func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64> {
        do {
            return try await attempt.handler.stale(letters)
        } catch let outage as PostgresError where outage.classification == .transient {
            throw outage
        } catch {
            guard letters.count > 1 else {
                logger.warning(
                    "A dead letter could not be looked at; the next round will.",
                    metadata: ["job.key": "\(letters[0].key)", "error": "\(error)"]
                )
                return []
            }
            var stale: Set<Int64> = []
            for letter in letters { stale.formUnion(try await self.stale([letter])) }
            return stale
        }
    }

    /// Makes dead letters of jobs whose last attempt took its worker along. Their handler hears of it first: dying in between
    /// leaves them to the next round.
    private func buryLost() async throws {
        let queue = queue
        let lost = try await pool.withConnection { try JobTable.lost(queue, on: $0) }
        var heard: [ClaimedJob] = []
        var unwanted: [JobTable.Finish] = []
        for job in lost {
            do {
                if try await attempt.handler.giveUp(job, because: JobTable.lostReason) {
                    heard.append(job)
                } else {
                    unwanted.append(JobTable.Finish(job, .unwanted(because: JobTable.lostReason)))
                }
            } catch {
                logger.warning(
                    "A job could not be given up; the next round will.",
                    metadata: ["job.key": "\(job.key)", "error": "\(error)"]
                )
            }
        }
        if !unwanted.isEmpty { _ = try await pool.withConnection { [unwanted] in try JobTable.finish(unwanted, on: $0) } }
        guard !heard.isEmpty else { return }
        let buried = try await pool.withConnection { [heard] in try JobTable.bury(heard, on: $0) }
        if buried > 0 {
            logger.error("Jobs were given up on: their workers died.", metadata: ["job.count": "\(buried)"])
        }
    }
}
