import EventStore
import FoundationEssentials
import Orders

@testable import Orchestration
@testable import Queues

/// A runner of courier commands: the real dispatch, the real desk, and calls whose answers may be lost.
final class SimulatedRunner {
    private static let (deadline, lease, restart): (Int64, Int64, Int64) = (10_000_000, 13_000_000, 500_000)
    private static let concurrency = 4
    private static let attempts: Int32 = 12
    static let backoff = Backoff(kind: .exponential, first: .milliseconds(500))

    private unowned let world: World
    private let queue: Queue
    private var life = 0
    private var dispatch: DispatchStateMachine
    /// Only the newest alarm rings.
    private var alarm = 0

    init(_ world: World, queue: Queue) {
        self.world = world
        self.queue = queue
        dispatch = DispatchStateMachine(concurrency: Self.concurrency, now: world.instant)
        after(0) { $0.step() }
    }

    func rang() {
        dispatch.rang()
        poll()
    }

    private func step() {
        guard case .claim(let room) = dispatch.next(now: world.instant) else { return poll() }
        world.store.buryLost(now: world.now)
        let (due, next) = world.store.due(queue, now: world.now)
        let plan = ClaimPlan(due: due, room: room)
        let jobs =
            plan.jobs == 0
            ? []
            : world.store.claim(
                queue,
                plan.jobs,
                worker: "\(life)",
                attempts: Self.attempts,
                lease: Self.lease,
                now: world.now
            )
        if world.store.isPaused, !jobs.isEmpty { world.fail("I7 a paused queue started \(jobs.count) jobs") }
        let wait = next.map { Duration.microseconds(max(0, $0 - world.now)) }
        dispatch.claimed(jobs.count, leavesDue: plan.leavesDue, next: wait, jitter: world.unit(), now: world.instant)
        for job in jobs { start(job) }
        poll()
    }

    /// Sets the alarm for what the dispatch wants next.
    private func poll() {
        guard let wait = dispatch.wait(now: world.instant) else { return }
        alarm += 1
        let alarm = alarm
        after(wait) { if alarm == $0.alarm { $0.step() } }
    }

    // MARK: One job

    private func start(_ job: ClaimedJob) {
        if world.happens(world.faults.runnerDeath) { return die() }
        guard let input = CommandInput(decoding: job.input) else { return finish(job, .dead(reason: "no command", answer: nil)) }
        let isBooking = input.intent == .book
        report(job, BookingReport(order: OrderID(job.orderID), attempt: input.attempt, event: isBooking ? .taken : nil)) {
            runner,
            answer in
            guard let answer, let booking = answer.booking else { return runner.finish(job, .cancelled(reason: "no booking")) }
            switch (isBooking, answer.effect, booking.state) {
            case (true, .lookUp?, _): runner.lookUp(job, booking)
            case (true, .request?, _): runner.turn(job, booking)
            case (false, _, _) where input.intent == .check: runner.check(job, booking)
            case (false, _, .cancelRequested): runner.takeBack(job, booking)
            default: runner.finish(job, .cancelled(reason: "stale"))
            }
        }
    }

    private func lookUp(_ job: ClaimedJob, _ booking: Booking) {
        if world.planted == .blindRetry { return turn(job, booking) }
        call(job) { runner in
            if let number = runner.world.courier.lookUp(booking.reference) { return runner.booked(job, booking, number) }
            let absent = BookingReport(order: booking.order, attempt: booking.attempt, event: .absent, take: booking.takes)
            runner.report(job, absent) { runner, answer in
                guard answer?.effect == .request else { return runner.finish(job, .cancelled(reason: "not wanted any more")) }
                runner.turn(job, booking)
            }
        }
    }

    /// Looks for the label of a request that was slower than our patience.
    private func check(_ job: ClaimedJob, _ booking: Booking) {
        guard booking.trackingNumber == nil else { return finish(job, .cancelled(reason: "the label is known")) }
        call(job) { runner in
            if let number = runner.world.courier.lookUp(booking.reference) { return runner.booked(job, booking, number) }
            guard let wait = runner.world.effects.nextCheck(after: job.age) else {
                return runner.finish(job, .done(answer: nil))
            }
            runner.finish(job, .postpone(reason: "no label so far", after: wait))
        }
    }

    /// Waits for its turn, directly before the call.
    private func turn(_ job: ClaimedJob, _ booking: Booking) {
        if let wait = world.limiter.acquire(now: world.now) {
            guard wait <= 1_000_000 else { return finish(job, .postpone(reason: "no turn", after: .microseconds(wait))) }
            return after(wait) { $0.turn(job, booking) }
        }
        world.courier.call(at: world.now)
        request(job, booking)
    }

    private func request(_ job: ClaimedJob, _ booking: Booking) {
        if world.happens(world.faults.hiddenAnswer) {
            // The courier did it, or does it much later, or never hears of it; we hear nothing.
            if world.happens(2) {
                _ = world.courier.book(booking.reference, isHidden: true)
            } else {
                world.courier.lose(booking.reference)
                if world.happens(2) {
                    world.after(world.random(2_000_000...18_000_000)) { [unowned world] in
                        world.count("late label")
                        world.courier.accept(booking.reference)
                    }
                }
            }
            let isStalled = world.happens(world.faults.runnerStall)
            let wait = isStalled ? world.random(Self.lease...(2 * Self.lease)) : world.random(50_000...Self.deadline)
            return after(wait) { runner in
                if runner.world.happens(runner.world.faults.runnerDeath) { return runner.die() }
                let lost = BookingReport(
                    order: booking.order,
                    attempt: booking.attempt,
                    event: .lost,
                    take: booking.takes,
                    reason: "timeout"
                )
                runner.report(job, lost) { runner, _ in runner.retry(job) }
            }
        }
        if world.happens(world.faults.refusedCall) {
            let refused = BookingReport(
                order: booking.order,
                attempt: booking.attempt,
                event: .refused,
                take: booking.takes,
                reason: "refused"
            )
            return report(job, refused) { runner, _ in runner.finish(job, .dead(reason: "refused", answer: nil)) }
        }
        let number = world.courier.book(booking.reference, isHidden: false)
        after(world.random(1_000...80_000)) { $0.booked(job, booking, number) }
    }

    private func booked(_ job: ClaimedJob, _ booking: Booking, _ number: String) {
        if world.happens(world.faults.runnerDeath) { return die() }
        guard let courier = CourierName("native") else { return }
        let waybill = Waybill(courier: courier, trackingNumber: number)
        let now = Instant(microseconds: world.now) ?? .epoch
        world.record(.booked(world.attempt(booking), waybill: waybill, fee: nil, currency: nil, receivedAt: now))
        world.parcelMade(booking.reference, number)
        finish(job, .done(answer: nil))
    }

    private func takeBack(_ job: ClaimedJob, _ booking: Booking) {
        call(job) { runner in
            if runner.world.courier.cancel(booking.reference) {
                let now = Instant(microseconds: runner.world.now) ?? .epoch
                runner.world.record(.bookingCancelled(runner.world.attempt(booking), receivedAt: now))
                return runner.finish(job, .done(answer: nil))
            }
            let refused = BookingReport(
                order: booking.order,
                attempt: booking.attempt,
                event: .cancelRefused,
                take: booking.takes,
                reason: "on its way"
            )
            runner.report(job, refused) { runner, _ in runner.finish(job, .done(answer: nil)) }
        }
    }

    /// A call that is safe to repeat; its answer may be lost.
    private func call(_ job: ClaimedJob, _ action: @escaping (SimulatedRunner) -> Void) {
        after(world.random(1_000...50_000)) { runner in
            if runner.world.happens(runner.world.faults.runnerDeath) { return runner.die() }
            if runner.world.happens(runner.world.faults.hiddenAnswer) { return runner.retry(job) }
            action(runner)
        }
    }

    private func retry(_ job: ClaimedJob) {
        finish(job, .retry(reason: "timeout"))
    }

    /// `BookingTransaction`, under the lock of the order.
    private func report(
        _ job: ClaimedJob,
        _ report: BookingReport,
        _ then: @escaping (SimulatedRunner, BookingAnswer?) -> Void
    ) {
        let transaction = world.newTransaction()
        guard world.store.lock([report.order.uuid], for: transaction) else {
            return after(world.random(200...800)) { $0.report(job, report, then) }
        }
        defer { world.store.release(transaction) }
        do {
            let locked = world.store.lockedOrder(report.order)
            let bookings = world.store.bookings[report.order] ?? []
            var desk = try BookingDesk(locked, bookings: bookings, world.policy, world.effects)
            let answer = desk.hear(report)
            var writes = BatchWrites()
            var jobs: [NewJob] = []
            desk.write(&writes, &jobs)
            if !jobs.isEmpty { writes.jobs.append(JobTable.insert(jobs)) }
            world.commit(writes)
            after(world.random(300...1_500)) { then($0, answer) }
        } catch {
            world.fail("a report could not be heard: \(error)")
        }
    }

    private func finish(_ job: ClaimedJob, _ outcome: JobOutcome) {
        let wait: Duration =
            switch outcome {
            case .retry(_, _, let after):
                after ?? Self.backoff.delay(afterFailures: Int(job.attempt), jitter: world.unit())
            case .postpone(_, let after), .throttled(_, let after), .leftAlone(_, let after, _): after
            default: .zero
            }
        let delay = Int64(wait / .microseconds(1))
        let isFenced = world.planted != .unfencedFinish
        _ = world.store.finish(job, outcome, delay: delay, now: world.now, isFenced: isFenced)
        dispatch.finished(1)
        poll()
    }

    private func die() {
        world.count("runner died")
        life += 1
        dispatch = DispatchStateMachine(concurrency: Self.concurrency, now: world.instant)
        after(Self.restart) { $0.step() }
    }

    private func after(_ wait: Int64, _ action: @escaping (SimulatedRunner) -> Void) {
        let life = life
        world.after(wait) { [unowned self] in if life == self.life { action(self) } }
    }
}

extension DispatchStateMachine {
    /// Microseconds until the runner has to look; asked of a copy, because asking for a claim begins one.
    fileprivate func wait(now: Instant) -> Int64? {
        var copy = self
        switch copy.next(now: now) {
        case .claim: return 100
        case .wait(let until): return max(1_000, Int64(now.duration(to: until) / .microseconds(1)))
        case .stop: return nil
        }
    }
}
