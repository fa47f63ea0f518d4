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

    private static let limits = Machine.Limits(
        batchRows: 32,
        batchBytes: 1 << 20,
        lingerRows: 8,
        waiting: 256,
        waitingBytes: 1 << 22
    )
    /// The sender's patience, in microseconds, and how long a process needs to come back.
    private static let (patience, restart): (Int64, Int64) = (5_000_000, 300_000)
    private static let writers = 2

    private unowned let world: World
    private var machine = Machine(limits: limits)
    /// Whatever was on its way when the process died has nobody to come back to.
    private var life = 0

    init(_ world: World) {
        self.world = world
        start()
    }

    private func start() {
        machine = Machine(limits: Self.limits)
        for writer in 0..<Self.writers {
            machine.writerConnected()
            ready(writer, answered: 0)
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
        case .look(let writer): ready(writer, answered: 0)
        case .write(let writer, let batch): commit(batch, writer)
        case .refuseUnavailable(let request), .refuseFull(let request): request.answer(false)
        }
    }

    private func ready(_ writer: Int, answered: Int) {
        switch machine.writerReady(writer, answered: answered) {
        case .write(let batch): commit(batch, writer)
        case .idle, .stop: break
        case .linger(let number): after(500) { $0.lingerEnded(number) }
        }
    }

    private func lingerEnded(_ number: Int) {
        if let action = machine.lingerEnded(number) { perform(action) }
    }

    private func commit(_ batch: [Machine.Entry], _ writer: Int) {
        after(world.random(300...3_000)) { $0.committed(batch, writer) }
    }

    private func committed(_ batch: [Machine.Entry], _ writer: Int) {
        let events = batch.map(\.ticket.event)
        if world.happens(world.faults.ingestDeath) {
            // Before the commit, or after it and before the answers.
            if world.happens(2) { _ = world.store.append(events, now: world.now) }
            return die()
        }
        if world.happens(world.faults.unknownCommit) {
            if world.happens(2) { _ = world.store.append(events, now: world.now) }
            return after(world.random(1_000...50_000)) { $0.ask(batch, writer) }
        }
        answer(batch, world.store.append(events, now: world.now), writer)
    }

    /// As `EventWriter.append` after a lost connection: what is stored, then all of it again.
    private func ask(_ batch: [Machine.Entry], _ writer: Int) {
        let events = batch.map(\.ticket.event)
        let stored = world.store.stored(events)
        let outcomes = world.store.append(events, now: world.now)
        answer(batch, zip(events, outcomes).map { stored.contains($0.id) ? .accepted : $1 }, writer)
    }

    private func answer(_ batch: [Machine.Entry], _ outcomes: [AppendOutcome], _ writer: Int) {
        let new = zip(batch, outcomes).filter { $0.1 == .accepted }.map { $0.0.ticket.event.subject.uuid }
        for entry in batch { entry.ticket.answer(true) }
        if world.happens(world.faults.ingestDeath) { return die() }
        if !new.isEmpty { world.ring(new) }
        ready(writer, answered: batch.count)
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
