import Testing

@testable import Postgres

@Suite struct PoolStateMachineTests {
    typealias Machine = PoolStateMachine<String, String>

    static let start = ContinuousClock.now

    /// A pool of two whose connections "A" and "B" are open.
    func openPool(maxWaiters: Int = 2) -> Machine {
        var machine = Machine(size: 2, maxWaiters: maxWaiters, waitTimeout: .seconds(1), backoff: ReconnectBackoff())
        #expect(machine.start() == [.open(slot: 0, after: .zero), .open(slot: 1, after: .zero)])
        #expect(machine.opened("A", slot: 0) == [])
        #expect(machine.opened("B", slot: 1) == [])
        return machine
    }

    func acquire(_ machine: inout Machine, _ id: Int, at offset: Duration = .zero) -> Machine.Action? {
        machine.acquire("waiter \(id)", id: id, isCancelled: false, now: Self.start + offset)
    }

    @Test func `The connection used last is lent first`() {
        var machine = openPool()
        #expect(acquire(&machine, 1) == .grant("waiter 1", PoolLease(slot: 1, connection: "B")))
        #expect(acquire(&machine, 2) == .grant("waiter 2", PoolLease(slot: 0, connection: "A")))
        #expect(machine.release(PoolLease(slot: 1, connection: "B"), isAlive: true) == [])
        #expect(acquire(&machine, 3) == .grant("waiter 3", PoolLease(slot: 1, connection: "B")))
    }

    @Test func `Waiters are served in the order they came`() {
        var machine = openPool()
        _ = acquire(&machine, 1)
        _ = acquire(&machine, 2)
        #expect(acquire(&machine, 3) == nil)
        #expect(acquire(&machine, 4) == nil)
        let (a, b) = (PoolLease(slot: 0, connection: "A"), PoolLease(slot: 1, connection: "B"))
        #expect(machine.release(a, isAlive: true) == [.grant("waiter 3", a)])
        #expect(machine.release(b, isAlive: true) == [.grant("waiter 4", b)])
    }

    @Test func `A full queue refuses at once`() {
        var machine = openPool(maxWaiters: 1)
        for id in 1...3 { _ = acquire(&machine, id) }
        #expect(acquire(&machine, 4) == .refuse("waiter 4", .queueFull))
    }

    @Test func `Waiters expire when their time has come and not before`() {
        var machine = openPool()
        _ = acquire(&machine, 1)
        _ = acquire(&machine, 2)
        _ = acquire(&machine, 3, at: .zero)
        _ = acquire(&machine, 4, at: .milliseconds(500))
        #expect(machine.nextDeadline == Self.start + .seconds(1))
        #expect(machine.expire(now: Self.start + .milliseconds(999)) == [])
        #expect(machine.expire(now: Self.start + .seconds(1)) == [.refuse("waiter 3", .timedOut)])
        #expect(machine.nextDeadline == Self.start + .milliseconds(1500))
    }

    @Test func `A cancelled waiter leaves the queue and a second cancellation does nothing`() {
        var machine = openPool()
        for id in 1...4 { _ = acquire(&machine, id) }
        #expect(machine.cancel(id: 3) == .refuse("waiter 3", .cancelled))
        #expect(machine.cancel(id: 3) == nil)
        let a = PoolLease(slot: 0, connection: "A")
        #expect(machine.release(a, isAlive: true) == [.grant("waiter 4", a)])
    }

    @Test func `A task that is cancelled already gets no connection`() {
        var machine = openPool()
        let action = machine.acquire("waiter 1", id: 1, isCancelled: true, now: Self.start)
        #expect(action == .refuse("waiter 1", .cancelled))
        #expect(machine.availability == PoolAvailability(size: 2, open: 2, leased: 0, waiters: 0))
    }

    @Test func `A broken connection is replaced at once and the new one goes to the first waiter`() {
        var machine = openPool()
        for id in 1...3 { _ = acquire(&machine, id) }
        let actions = machine.release(PoolLease(slot: 1, connection: "B"), isAlive: false)
        #expect(actions == [.close("B"), .open(slot: 1, after: .zero)])
        #expect(machine.availability == PoolAvailability(size: 2, open: 1, leased: 1, waiters: 1))
        #expect(machine.opened("C", slot: 1) == [.grant("waiter 3", PoolLease(slot: 1, connection: "C"))])
    }

    @Test func `Failed openings back off further each time until one succeeds`() {
        var machine = Machine(size: 1, maxWaiters: 1, waitTimeout: .seconds(1), backoff: ReconnectBackoff())
        #expect(machine.openFailed(slot: 0, jitter: 1) == [.open(slot: 0, after: .milliseconds(50))])
        #expect(machine.openFailed(slot: 0, jitter: 1) == [.open(slot: 0, after: .milliseconds(100))])
        #expect(machine.openFailed(slot: 0, jitter: 0) == [.open(slot: 0, after: .milliseconds(100))])
        #expect(machine.opened("A", slot: 0) == [])
        _ = acquire(&machine, 1)
        _ = machine.release(PoolLease(slot: 0, connection: "A"), isAlive: false)
        #expect(machine.openFailed(slot: 0, jitter: 1) == [.open(slot: 0, after: .milliseconds(50))])
    }

    @Test func `Shutdown refuses waiters, closes what is idle and waits for the leases`() {
        var machine = openPool()
        _ = acquire(&machine, 1)
        #expect(machine.shutDown() == [.close("A")])
        #expect(machine.shutDown() == [])
        #expect(acquire(&machine, 2) == .refuse("waiter 2", .shutDown))
        #expect(machine.release(PoolLease(slot: 1, connection: "B"), isAlive: true) == [.finish, .close("B")])
    }

    @Test func `Shutdown refuses everyone who waits`() {
        var machine = openPool()
        for id in 1...4 { _ = acquire(&machine, id) }
        #expect(machine.shutDown() == [.refuse("waiter 3", .shutDown), .refuse("waiter 4", .shutDown)])
    }

    @Test func `A connection that opens after shutdown is closed`() {
        var machine = Machine(size: 1, maxWaiters: 1, waitTimeout: .seconds(1), backoff: ReconnectBackoff())
        #expect(machine.shutDown() == [.finish])
        #expect(machine.opened("A", slot: 0) == [.close("A")])
        #expect(machine.openFailed(slot: 0, jitter: 0) == [])
    }
}
