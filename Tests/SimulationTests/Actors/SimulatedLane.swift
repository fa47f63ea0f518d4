import EventStore
import FoundationEssentials
import Orders

@testable import Orchestration

/// A lane of an orchestrator: doorbells, locks, the real merge, commit, acknowledgement. It may die between any two of them.
final class SimulatedLane {
    private static let (maxEntries, maxEvents) = (16, 1_024)
    private static let (claimInterval, minIdle, restart): (Int64, Int64, Int64) = (5_000_000, 10_000_000, 400_000)
    private static let suspicionsInCompany = 2

    private unowned let world: World
    private let number: Int
    private var life = 0
    private var isIdle = false
    private var takesPending = true
    private var nextClaim: Int64 = 0
    private var transaction = 0
    private var isRedacting = false

    init(_ world: World, number: Int) {
        self.world = world
        self.number = number
        nextClaim = Self.claimInterval
        after(0) { $0.next() }
    }

    /// A doorbell came while nobody was reading.
    func wake() {
        guard isIdle else { return }
        isIdle = false
        after(100) { $0.next() }
    }

    private func next() {
        var received = takesPending ? world.streams.own(number) : []
        takesPending = takesPending && !received.isEmpty
        if received.isEmpty { received = world.streams.receive(number, limit: Self.maxEntries, now: world.now) }
        if received.isEmpty || world.now >= nextClaim {
            received += world.streams.claim(number, minIdle: Self.minIdle, now: world.now)
            nextClaim = world.now + Self.claimInterval
        }
        guard !received.isEmpty else {
            isIdle = true
            return after(1_000_000) { $0.wake() }
        }
        if world.happens(world.faults.laneStall) {
            world.count("lane stalled")
            return after(world.random(11_000_000...20_000_000)) { $0.merge(received) }
        }
        merge(received)
    }

    private func merge(_ received: [SimulatedStreams.Entry]) {
        let subjects = Array(Set(received.flatMap(\.subjects))).sorted()
        var suspects: [UUID] = []
        for subject in Set(received.filter(\.isRelayed).flatMap(\.subjects)) {
            guard var waiting = world.store.unapplied[subject] else { continue }
            for event in waiting.keys { waiting[event]?.suspicions += 1 }
            world.store.unapplied[subject] = waiting
            if waiting.values.contains(where: { $0.suspicions > Self.suspicionsInCompany }) { suspects.append(subject) }
        }
        let company = subjects.filter { !suspects.contains($0) }
        // A suspect is merged alone and event by event.
        let batches = (company.isEmpty ? [] : [(company, Self.maxEvents)]) + suspects.sorted().map { ([$0], 1) }
        transact(batches[...], received)
    }

    // MARK: One transaction

    private func transact(_ batches: ArraySlice<([UUID], Int)>, _ received: [SimulatedStreams.Entry]) {
        guard let (subjects, limit) = batches.first else { return acknowledge(received) }
        // A redaction that waits for the transactions under way keeps new ones waiting.
        guard world.store.redactionsWaiting == 0 else {
            return after(world.random(200...800)) { $0.transact(batches, received) }
        }
        transaction = world.newTransaction()
        world.store.permits.insert(transaction)
        let orders = world.store.ordersToLock(subjects)
        guard world.store.lock(orders, for: transaction) else {
            world.store.release(transaction)
            return after(world.random(200...800)) { $0.transact(batches, received) }
        }
        if dies() { return }
        do {
            let batch = world.store.batch(subjects, locked: orders, limit: limit)
            let merge = try BatchMerge(world.planted == .mergeByArrival ? batch.byArrival : batch, statuses: .standard)
            after(world.random(200...900)) { $0.resolve(merge, batch.events.count, batches, received) }
        } catch let poison as BatchMerge.UnreadableEvent {
            quarantine(poison.event, batches, received)
        } catch {
            world.fail("a batch could not be merged: \(error)")
        }
    }

    private func resolve(
        _ merge: BatchMerge,
        _ events: Int,
        _ batches: ArraySlice<([UUID], Int)>,
        _ received: [SimulatedStreams.Entry]
    ) {
        var merge = merge
        let request = merge.request
        guard world.store.lock(Set(request.waybills.map(\.id)), for: transaction) else {
            let waiting = merge
            return after(world.random(200...800)) { $0.resolve(waiting, events, batches, received) }
        }
        if dies() { return }
        do {
            try merge.prepare(world.store.lookup(request))
            let scrubbed = merge.fold(merge.readings.map(\.event))
            try merge.resolve()
            var writes = try merge.writes(world.policy, world.effects, processing: .zero).writes
            writes.scrubbed += scrubbed
            after(world.random(200...900)) { [merge, writes] lane in
                if lane.dies() { return }
                lane.commit(writes, events, merge, batches, received)
            }
        } catch let poison as BatchMerge.UnreadableEvent {
            quarantine(poison.event, batches, received)
        } catch {
            world.fail("a batch could not be resolved: \(error)")
        }
    }

    private func commit(
        _ writes: BatchWrites,
        _ events: Int,
        _ merge: BatchMerge,
        _ batches: ArraySlice<([UUID], Int)>,
        _ received: [SimulatedStreams.Entry]
    ) {
        let isUnknown = world.happens(world.faults.unknownCommit)
        if !isUnknown || world.happens(2) { world.commit(writes) }
        world.store.release(transaction)
        // An unknown outcome is an error of the lane: the doorbells stay pending, and it tries again.
        if isUnknown { return after(world.random(50_000...100_000)) { $0.transact(batches, received) } }
        guard let (subjects, limit) = batches.first else { return }
        let unfinished = events >= limit ? subjects : Array(merge.deferred)
        let next = unfinished.isEmpty ? batches.dropFirst() : [(unfinished, limit)] + batches.dropFirst()
        if !merge.dueRedactions.isEmpty {
            return after(50) { lane in
                if lane.dies() { return }
                for rows in merge.dueRedactions { lane.world.store.carryOut(rows, now: lane.world.now) }
                lane.transact(next, received)
            }
        }
        guard !merge.newRedactions.isEmpty else { return after(50) { $0.transact(next, received) } }
        world.store.redactionsWaiting += 1
        isRedacting = true
        after(50) { $0.write(merge.newRedactions, next, received) }
    }

    /// `RedactionRow.write`: in force once every transaction that began without it has ended.
    private func write(
        _ redactions: Set<RedactionRow>,
        _ batches: ArraySlice<([UUID], Int)>,
        _ received: [SimulatedStreams.Entry]
    ) {
        if dies() { return }
        guard world.store.permits.isEmpty else { return after(100) { $0.write(redactions, batches, received) } }
        for row in redactions where world.store.redactions[row] == nil { world.store.redactions[row] = ("", false) }
        world.store.redactionsWaiting -= 1
        isRedacting = false
        world.count("redaction")
        transact(batches, received)
    }

    /// As `BatchMerger.quarantine`: the batch is rolled back, and the event ends by a transaction of its own.
    private func quarantine(
        _ event: UnappliedEvent,
        _ batches: ArraySlice<([UUID], Int)>,
        _ received: [SimulatedStreams.Entry]
    ) {
        world.store.release(transaction)
        transaction = world.newTransaction()
        guard world.store.redactionsWaiting == 0, world.store.lock([event.event.subjectID], for: transaction) else {
            return after(world.random(200...800)) { $0.quarantine(event, batches, received) }
        }
        if dies() { return }
        world.count("event quarantined")
        world.store.quarantine(event)
        world.store.release(transaction)
        after(50) { $0.transact(batches, received) }
    }

    private func acknowledge(_ received: [SimulatedStreams.Entry]) {
        if dies() { return }
        world.streams.acknowledge(received)
        next()
    }

    // MARK: Death

    private func dies() -> Bool {
        guard world.happens(world.faults.laneDeath) else { return false }
        world.count("lane died")
        world.store.release(transaction)
        if isRedacting { world.store.redactionsWaiting -= 1 }
        isRedacting = false
        life += 1
        isIdle = false
        takesPending = true
        after(Self.restart) { $0.next() }
        return true
    }

    private func after(_ wait: Int64, _ action: @escaping (SimulatedLane) -> Void) {
        let life = life
        world.after(wait) { [unowned self] in if life == self.life { action(self) } }
    }
}

extension SubjectBatch {
    /// The planted bug: what came later wins.
    fileprivate var byArrival: SubjectBatch {
        var batch = self
        for index in batch.events.indices {
            let fact = batch.events[index].event.fact
            var text = String(decoding: fact.body, as: UTF8.self)
            guard let start = text.firstRange(of: #""updated_at":""#)?.upperBound else { continue }
            let end = text[start...].firstIndex(of: "\"") ?? text.endIndex
            text.replaceSubrange(start..<end, with: fact.receivedAt.iso8601)
            batch.events[index].event.fact = StoredFact(
                source: fact.source,
                topic: fact.topic,
                fact: fact.fact,
                waybill: fact.waybill,
                bodyHash: fact.bodyHash,
                triggeredAt: fact.triggeredAt,
                receivedAt: fact.receivedAt,
                body: Array(text.utf8)
            )
        }
        return batch
    }
}
