import EventStore
import FoundationEssentials
import Orders
import Queues
import TestSeed

@testable import Orchestration

/// Senders, one ingest, several orchestrators, a courier, PostgreSQL and Redis, all in one thread under one clock: the same
/// seed gives the same run, fault for fault.
final class World {
    /// Periods of the relay, and when it steps in, in microseconds.
    private static let (relayInterval, relayAfter): (Int64, Int64) = (500_000, 2_000_000)
    private static let maxOutstanding = 256
    /// After this long without rest something hangs.
    private static let patience: Int64 = 3_600 * 1_000_000

    let seed: UInt64
    let faults: Faults
    let planted: PlantedBug?
    let policy = BookingPolicy()
    /// The last look, 21 s after an attempt was given up, comes later than any request.
    let effects: BookingEffects
    let store = SimulatedStore()
    var streams = SimulatedStreams()
    var courier = SimulatedCourier()
    var limiter = SimulatedLimiter(limit: 4, window: 1_000_000)
    private(set) var failures: [String] = []
    private(set) var happened: [String: Int] = [:]
    private(set) var acknowledged: [IncomingEvent] = []
    private(set) var deliveries = 0
    private var undelivered = 0
    private var agenda = Agenda()
    private var generator: SeededGenerator
    private var transactions = 0
    private var made: Set<UUID> = []
    private let origin = ContinuousClock.now
    private var ingest: SimulatedIngest?
    private var lanes: [SimulatedLane] = []
    private var runners: [SimulatedRunner] = []

    init(seed: UInt64, faults: Faults = Faults(), planted: PlantedBug? = nil, replicas: Int = 3) {
        self.seed = seed
        self.faults = faults
        self.planted = planted
        effects = BookingEffects(
            isOn: true,
            settle: .milliseconds(300),
            checks: planted == .noCheck ? 0 : 3,
            checkAfter: .seconds(3)
        )
        generator = SeededGenerator(seed: seed)
        ingest = SimulatedIngest(self)
        // What our own workers heard is written by us.
        store.rots = { [unowned self] in $0.source != IncomingEvent.bookingSource && happens(self.faults.rottenBody) }
        lanes = (0..<replicas).map { SimulatedLane(self, number: $0) }
        for _ in 0..<2 {
            for queue in [Queue.bookings, .courierCommands] { runners.append(SimulatedRunner(self, queue: queue)) }
        }
        for _ in 0..<replicas { after(random(0...Self.relayInterval)) { [unowned self] in relay() } }
    }

    // MARK: Time and chance

    var now: Int64 { agenda.now }
    var instant: ContinuousClock.Instant { origin + .microseconds(now) }

    func after(_ wait: Int64, _ action: @escaping () -> Void) { agenda.after(wait, action) }

    /// One in so many.
    func happens(_ oneIn: Int?) -> Bool {
        guard let oneIn else { return false }
        return Int.random(in: 0..<oneIn, using: &generator) == 0
    }

    func random(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }
    func unit() -> Double { Double.random(in: 0..<1, using: &generator) }
    func count(_ fault: String) { happened[fault, default: 0] += 1 }
    func fail(_ what: String) { failures.append(what) }

    func newTransaction() -> Int {
        transactions += 1
        return transactions
    }

    // MARK: Senders

    /// Sends an event until it is answered 200, as senders do.
    func send(_ event: IncomingEvent, at time: Int64) {
        undelivered += 1
        after(time - now) { [unowned self] in attempt(event) }
    }

    private func attempt(_ event: IncomingEvent) {
        deliveries += 1
        ingest?.post(event) { [unowned self] isStored in
            if isStored {
                undelivered -= 1
                acknowledged.append(event)
            } else {
                after(random(100_000...2_000_000)) { [unowned self] in attempt(event) }
            }
        }
    }

    /// What our own workers heard is stored like everything else, and rings.
    func record(_ event: IncomingEvent) {
        let outcome = store.append([event], now: now)
        if outcome == [.accepted] { ring([event.subject.uuid]) }
    }

    // MARK: Doorbells

    func ring(_ subjects: [UUID], isRelayed: Bool = false) {
        if happens(faults.lostDoorbell) { return count("doorbell lost") }
        let wait = happens(faults.lateDoorbell) ? random(100_000...6_000_000) : random(50...800)
        for _ in 0..<(happens(faults.doubledDoorbell) ? 2 : 1) {
            after(wait) { [unowned self] in
                streams.add(subjects, isRelayed: isRelayed)
                for lane in lanes { lane.wake() }
            }
        }
    }

    private func relay() {
        after(Self.relayInterval) { [unowned self] in relay() }
        guard streams.outstanding < Self.maxOutstanding else { return }
        let overdue = store.overdue(olderThan: Self.relayAfter, now: now, limit: 128)
        if !overdue.isEmpty { ring(overdue, isRelayed: true) }
    }

    // MARK: Transactions

    /// What a transaction writes becomes visible at once.
    func commit(_ writes: BatchWrites) {
        store.commit(writes, now: now)
        for order in Set(writes.bookings.map(\.order)) { store.checkActiveBookings(of: order) }
        if !writes.jobs.isEmpty, !happens(faults.lostDoorbell) { for runner in runners { runner.rang() } }
    }

    // MARK: The courier

    func attempt(_ booking: Booking) -> BookedAttempt {
        let order = store.lockedOrder(booking.order)
        return BookedAttempt(order: booking.order, shop: order.shop, refID: order.refID, attempt: booking.attempt)
    }

    /// Some parcels are picked up and delivered; the courier tells ingest, in its own time.
    func parcelMade(_ reference: UUID, _ number: String) {
        guard made.insert(reference).inserted, happens(3) else { return }
        after(random(1_000_000...20_000_000)) { [unowned self] in
            guard courier.pickUp(reference) else { return }
            for (status, wait) in [("shipped", Int64(0)), ("delivered", random(-2_000_000...2_000_000))] {
                let body =
                    #"{"tracking_number":"\#(number)","status":"\#(status)","courier":"native","timestamp":"2026-01-20T\#(status == "shipped" ? "08" : "10"):00:00Z"}"#
                let events = try? IncomingEvent.courier(
                    .native,
                    body: Array(body.utf8),
                    receivedAt: Instant(microseconds: now) ?? .epoch
                )
                for event in events ?? [] { send(event, at: now + max(0, wait)) }
            }
        }
    }

    // MARK: A run

    /// Redis forgets everything, the limiter's state with it.
    func scheduleFlush(at time: Int64) {
        after(time) { [unowned self] in
            count("flush")
            streams.flush()
            limiter.forget(now: now, opensAtOnce: planted == .openLimiter)
        }
    }

    func schedulePause(at time: Int64, for length: Int64) {
        after(time) { [unowned self] in
            count("pause")
            store.isPaused = true
            after(length) { [unowned self] in store.isPaused = false }
        }
    }

    /// Notifications have no runner here, and what is behind a dead letter waits for a person.
    private var rests: Bool {
        guard undelivered == 0, store.unapplied.isEmpty, !store.isPaused else { return false }
        let held = store.held
        return store.jobs.values.allSatisfy { held.contains($0.order) && !$0.isRunning || $0.queue == .notifications }
    }

    /// Runs until nothing is left to be done, and a while longer: what is late must find nothing to change.
    func run() {
        var restsSince: Int64?
        while let action = agenda.next() {
            action()
            if now > Self.patience {
                return fail("I8 no rest after an hour: \(store.unapplied.count) subjects, \(store.jobs.count) jobs wait")
            }
            guard rests else {
                restsSince = nil
                continue
            }
            let since = restsSince ?? now
            restsSince = since
            if now - since > 30_000_000 { return }
        }
    }
}
