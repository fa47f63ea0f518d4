import Testing

@testable import HTTPServing

@Suite struct CoalescerStateMachineTests {
    typealias Machine = CoalescerStateMachine<Int, String>

    private func machine(
        rows: Int = 3,
        bytes: Int = 100,
        part: Int = .max,
        waiting: Int = 4,
        waitingBytes: Int = 1_000
    ) -> Machine {
        let limits = CoalescerLimits(
            batchRows: rows,
            batchBytes: bytes,
            partRows: part,
            lingerRows: 4,
            waiting: waiting,
            waitingBytes: waitingBytes
        )
        return Machine(limits: limits)
    }

    private func entry(_ ticket: Int, bytes: Int = 1) -> Machine.Entry {
        Machine.Entry(ticket: ticket, bytes: bytes)
    }

    @Test func `refuses while no writer has a connection`() {
        var machine = machine()
        guard case .refuseUnavailable(1) = machine.submit(entry(1)) else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test func `gives a request to an idle writer at once`() {
        var machine = machine()
        machine.writerConnected()
        guard case .idle = machine.writerReady("w") else {
            Issue.record("expected the writer to sleep")
            return
        }
        guard case .write("w", let batch) = machine.submit(entry(1)) else {
            Issue.record("expected a write")
            return
        }
        #expect(tickets(batch) == [1])
        #expect(machine.waitingCount == 0)
    }

    @Test func `lets what arrives while writers are busy share the next batch`() {
        var machine = machine()
        machine.writerConnected()
        for ticket in 1...4 {
            guard case .wait = machine.submit(entry(ticket)) else {
                Issue.record("expected to wait")
                return
            }
        }
        #expect(next(&machine) == [1, 2, 3])
        #expect(next(&machine) == [4])
        #expect(machine.waitingBytes == 0)
    }

    @Test func `closes a batch by bytes and sends a larger row alone`() {
        var machine = machine(bytes: 10)
        machine.writerConnected()
        for (ticket, bytes) in [(1, 50), (2, 6), (3, 6)] { _ = machine.submit(entry(ticket, bytes: bytes)) }
        #expect(next(&machine) == [1])
        #expect(next(&machine) == [2])
        #expect(next(&machine) == [3])
    }

    @Test func `refuses when too many or too large requests wait`() {
        var machine = machine(waiting: 2, waitingBytes: 10)
        machine.writerConnected()
        _ = machine.submit(entry(1, bytes: 9))
        guard case .refuseFull(2) = machine.submit(entry(2, bytes: 2)) else {
            Issue.record("expected a refusal by bytes")
            return
        }
        _ = machine.submit(entry(3))
        guard case .refuseFull(4) = machine.submit(entry(4)) else {
            Issue.record("expected a refusal by number")
            return
        }
    }

    @Test func `hands back who waits when the last writer is lost`() {
        var machine = machine()
        machine.writerConnected()
        machine.writerConnected()
        _ = machine.submit(entry(1))
        let (first, last) = (machine.writerLost(), machine.writerLost())
        #expect(first.isEmpty)
        #expect(last == [1])
        #expect(!machine.isAvailable)
        #expect(machine.waitingBytes == 0)
    }

    @Test func `finishes what waits before a writer stops`() {
        var machine = machine()
        machine.writerConnected()
        _ = machine.submit(entry(1))
        let idle = machine.stop()
        #expect(idle.isEmpty)
        guard case .refuseUnavailable(2) = machine.submit(entry(2)) else {
            Issue.record("expected a refusal")
            return
        }
        #expect(next(&machine) == [1])
        guard case .stop = machine.writerReady("w") else {
            Issue.record("expected the writer to stop")
            return
        }
    }

    @Test func `lingers for the senders it has just answered and goes when they are back`() {
        var machine = machine(rows: 10, waiting: 20)
        machine.writerConnected()
        _ = machine.submit(entry(1))
        guard case .linger = machine.writerReady("w", after: .answered(4)) else {
            Issue.record("expected the writer to linger")
            return
        }
        for ticket in 2...4 {
            guard case .wait = machine.submit(entry(ticket)) else {
                Issue.record("expected to wait for company")
                return
            }
        }
        guard case .write("w", let batch) = machine.submit(entry(5)) else {
            Issue.record("expected the batch to go")
            return
        }
        #expect(tickets(batch) == [1, 2, 3, 4, 5])
    }

    @Test func `goes with what it has when the time of the linger is over`() {
        var machine = machine(rows: 10, waiting: 20)
        machine.writerConnected()
        guard case .linger(let number) = machine.writerReady("w", after: .answered(4)) else {
            Issue.record("expected the writer to linger")
            return
        }
        _ = machine.submit(entry(1))
        guard case .write("w", let batch) = machine.lingerEnded(number) else {
            Issue.record("expected the batch to go")
            return
        }
        #expect(tickets(batch) == [1])
        #expect(hasEnded(&machine, number))
    }

    @Test func `sleeps after a linger that nobody joined, and the next request goes at once`() {
        var machine = machine(rows: 10, waiting: 20)
        machine.writerConnected()
        guard case .linger(let number) = machine.writerReady("w", after: .answered(4)) else {
            Issue.record("expected the writer to linger")
            return
        }
        guard case .look("w") = machine.lingerEnded(number), case .idle = machine.writerReady("w") else {
            Issue.record("expected the writer to look after its connection and sleep")
            return
        }
        guard case .write("w", let batch) = machine.submit(entry(1)) else {
            Issue.record("expected the batch to go")
            return
        }
        #expect(tickets(batch) == [1])
    }

    @Test func `does not linger for a few requests or while it stops`() {
        var machine = machine(rows: 10, waiting: 20)
        machine.writerConnected()
        guard case .idle = machine.writerReady("w", after: .answered(3)) else {
            Issue.record("expected the writer to sleep")
            return
        }
        _ = machine.stop()
        guard case .stop = machine.writerReady("w", after: .answered(9)) else {
            Issue.record("expected the writer to stop")
            return
        }
    }

    @Test func `wakes a writer that slept long, but not one that was given work`() {
        var machine = machine()
        machine.writerConnected()
        guard case .idle(let first) = machine.writerReady("w") else {
            Issue.record("expected the writer to sleep")
            return
        }
        _ = machine.submit(entry(1))
        let stale = machine.idleEnded(first)
        #expect(stale == nil)
        guard case .idle(let second) = machine.writerReady("w") else {
            Issue.record("expected the writer to sleep")
            return
        }
        let woken = machine.idleEnded(second)
        #expect(woken == "w")
    }

    @Test func `commits what is back while it waits for the rest, and flushes with the last`() {
        var machine = machine(rows: 10, part: 2, waiting: 20)
        machine.writerConnected()
        guard case .linger = machine.writerReady("w", after: .answered(5)) else {
            Issue.record("expected the writer to linger")
            return
        }
        _ = machine.submit(entry(1))
        guard case .write("w", let first) = machine.submit(entry(2)) else {
            Issue.record("expected a part to go")
            return
        }
        #expect(tickets(first) == [1, 2])
        #expect(first.awaited == 3)
        _ = machine.submit(entry(3))
        _ = machine.submit(entry(4))
        guard case .write(let second) = machine.writerReady("w", after: .awaiting(3, bytes: 2)) else {
            Issue.record("expected a part to go at once")
            return
        }
        #expect(tickets(second) == [3, 4])
        #expect(second.awaited == 1)
        guard case .linger = machine.writerReady("w", after: .awaiting(1, bytes: 4)) else {
            Issue.record("expected the writer to linger for the last")
            return
        }
        guard case .write("w", let last) = machine.submit(entry(5)) else {
            Issue.record("expected the last part to go")
            return
        }
        #expect(tickets(last) == [5])
        #expect(last.isFlushed)
    }

    @Test func `leaves an eighth of the senders to the next flush, which they begin`() {
        var machine = machine(rows: 100, part: 8, waiting: 100)
        machine.writerConnected()
        for ticket in 1...20 { _ = machine.submit(entry(ticket)) }
        guard case .write(let first) = machine.writerReady("w", after: .answered(44)) else {
            Issue.record("expected a part to go at once")
            return
        }
        #expect(tickets(first) == Array(1...20))
        #expect(first.awaited == 36)
        for ticket in 21...64 { _ = machine.submit(entry(ticket)) }
        guard case .write(let last) = machine.writerReady("w", after: .awaiting(36, bytes: 20)) else {
            Issue.record("expected the last part to go at once")
            return
        }
        #expect(tickets(last) == Array(21...56))
        #expect(last.isFlushed)
        guard case .write(let next) = machine.writerReady("w", after: .answered(56)) else {
            Issue.record("expected the rest to go while the answers travel")
            return
        }
        #expect(tickets(next) == Array(57...64))
        #expect(next.awaited == 48)
    }

    @Test func `flushes what is committed when the rest does not come, also while it stops`() {
        var machine = machine(rows: 10, part: 2, waiting: 20)
        machine.writerConnected()
        guard case .linger(let number) = machine.writerReady("w", after: .awaiting(3, bytes: 2)) else {
            Issue.record("expected the writer to linger")
            return
        }
        let idle = machine.stop()
        #expect(idle.isEmpty)
        guard case .write("w", let batch) = machine.lingerEnded(number) else {
            Issue.record("expected a flush")
            return
        }
        #expect(batch.requests.isEmpty)
        #expect(batch.isFlushed)
        guard case .write(let late) = machine.writerReady("w", after: .awaiting(3, bytes: 2)) else {
            Issue.record("expected a flush without a linger")
            return
        }
        #expect(late.requests.isEmpty)
    }

    @Test func `flushes early when more waits than a batch holds`() {
        var machine = machine(rows: 10, bytes: 10, part: 2, waiting: 20)
        machine.writerConnected()
        _ = machine.submit(entry(1, bytes: 6))
        _ = machine.submit(entry(2, bytes: 6))
        guard case .write(let batch) = machine.writerReady("w", after: .answered(4)) else {
            Issue.record("expected a batch")
            return
        }
        #expect(tickets(batch) == [1])
        #expect(batch.isFlushed)
    }

    @Test func `a round is bounded in bytes over all of its parts`() {
        var machine = machine(rows: 10, bytes: 10, part: 2, waiting: 20)
        machine.writerConnected()
        _ = machine.submit(entry(1, bytes: 2))
        _ = machine.submit(entry(2, bytes: 2))
        guard case .write(let batch) = machine.writerReady("w", after: .awaiting(4, bytes: 7)) else {
            Issue.record("expected a batch")
            return
        }
        #expect(tickets(batch) == [1])
        #expect(batch.isFlushed)
    }

    private func tickets(_ batch: Batch<Machine.Entry>) -> [Int] {
        batch.requests.map(\.ticket)
    }

    private func hasEnded(_ machine: inout Machine, _ number: Int) -> Bool {
        machine.lingerEnded(number) == nil
    }

    private func next(_ machine: inout Machine) -> [Int] {
        if case .write(let batch) = machine.writerReady("w") { tickets(batch) } else { [] }
    }
}
