import EventStore
import FoundationEssentials
import Orders

@testable import HTTPServing

/// One process of ingest: the real coalescer between senders and commits, and a death now and then.
final class SimulatedIngest {
    /// An event, and whom to tell whether it is stored.
    struct Request {
        let event: IncomingEvent
        let answer: (Bool) -> Void
    }

    typealias Machine = CoalescerStateMachine<Request, Int>
    typealias Committed = (request: Request, outcome: AppendOutcome)

    private static let limits = Machine.Limits(
        batchRows: 32,
        batchBytes: 1 << 20,
        partRows: 4,
        lingerRows: 8,
        waiting: 256,
        waitingBytes: 1 << 22
    )
    /// The sender's patience, in microseconds, and how long a process needs to come back.
    private static let (patience, restart): (Int64, Int64) = (5_000_000, 300_000)
    private static let writers = 2

    private unowned let world: World
    private var machine = Machine(limits: limits)
    /// What each writer has committed and neither flushed nor answered.
    private var rounds = [[Committed]](repeating: [], count: writers)
    /// Whatever was on its way when the process died has nobody to come back to.
    private var life = 0

    init(_ world: World) {
        self.world = world
        start()
    }

    private func start() {
        machine = Machine(limits: Self.limits)
        rounds = Array(repeating: [], count: Self.writers)
        for writer in 0..<Self.writers {
            machine.writerConnected()
            ready(writer, after: .answered(0))
        }
    }

    /// Asks for a 200; the answer is true for it, false for a clean refusal, and never comes when the process dies.
    func post(_ event: IncomingEvent, answer: @escaping (Bool) -> Void) {
        if world.planted == .earlyAnswer, world.happens(40) {
            answer(true)
            return
        }
        var isAnswered = false
        let once = { (isStored: Bool) in
            if isAnswered { return }
            isAnswered = true
            answer(isStored)
        }
        world.after(Self.patience) { once(false) }
        perform(machine.submit(.init(ticket: Request(event: event, answer: once), bytes: event.body.count)))
    }

    private func perform(_ action: Machine.SubmitAction) {
        switch action {
        case .wait: break
        case .look(let writer): ready(writer, after: .answered(0))
        case .write(let writer, let batch): commit(batch, writer)
        case .refuseUnavailable(let request), .refuseFull(let request): request.answer(false)
        }
    }

    private func ready(_ writer: Int, after progress: WriterProgress) {
        switch machine.writerReady(writer, after: progress) {
        case .write(let batch): commit(batch, writer)
        case .idle, .stop: break
        case .linger(let number): after(500) { $0.lingerEnded(number) }
        }
    }

    private func lingerEnded(_ number: Int) {
        if let action = machine.lingerEnded(number) { perform(action) }
    }

    private func commit(_ batch: Batch<Machine.Entry>, _ writer: Int) {
        after(world.random(300...3_000)) { $0.committed(batch, writer) }
    }

    private func committed(_ batch: Batch<Machine.Entry>, _ writer: Int) {
        let requests = batch.requests.map(\.ticket)
        let events = requests.map(\.event)
        if world.happens(world.faults.ingestDeath) {
            // Before the commit, or after it and before the answers.
            if world.happens(2) { _ = world.store.append(events, now: world.now) }
            return die()
        }
        if world.happens(world.faults.unknownCommit) {
            if world.happens(2) { _ = world.store.append(events, now: world.now) }
            let round = rounds[writer].map(\.request) + requests
            return after(world.random(1_000...50_000)) { $0.commitAgain(round, writer) }
        }
        rounds[writer] += zip(requests, world.store.append(events, now: world.now)).map { ($0, $1) }
        if batch.isFlushed {
            answer(writer)
        } else {
            ready(writer, after: .awaiting(batch.awaited, bytes: rounds[writer].reduce(0) { $0 + $1.request.event.body.count }))
        }
    }

    /// As `EventCommitter` after a lost connection: what is stored, then the whole round again.
    private func commitAgain(_ round: [Request], _ writer: Int) {
        let events = round.map(\.event)
        let stored = world.store.stored(events)
        let outcomes = world.store.append(events, now: world.now)
        rounds[writer] = zip(round, outcomes).map { ($0, stored.contains($0.event.id) ? .accepted : $1) }
        answer(writer)
    }

    private func answer(_ writer: Int) {
        let round = rounds[writer]
        rounds[writer] = []
        let new = round.filter { $0.outcome == .accepted }.map(\.request.event.subject.uuid)
        for committed in round { committed.request.answer(true) }
        if world.happens(world.faults.ingestDeath) { return die() }
        if !new.isEmpty { world.ring(new) }
        ready(writer, after: .answered(round.count))
    }

    private func die() {
        world.count("ingest died")
        life += 1
        machine = Machine(limits: Self.limits)
        after(Self.restart) { $0.start() }
    }

    private func after(_ wait: Int64, _ action: @escaping (SimulatedIngest) -> Void) {
        let life = life
        world.after(wait) { [unowned self] in if life == self.life { action(self) } }
    }
}
