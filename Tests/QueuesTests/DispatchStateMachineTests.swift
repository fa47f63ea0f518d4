import Queues
import Testing

@Suite struct DispatchStateMachineTests {
    private let start = ContinuousClock.now

    private func machine(_ concurrency: Int = 4) -> DispatchStateMachine {
        DispatchStateMachine(concurrency: concurrency, now: start)
    }

    @Test func `it looks at once, and then not before something comes due`() {
        var machine = machine()
        #expect(machine.next(now: start) == .claim(room: 4))
        machine.claimed(0, leavesDue: false, next: .milliseconds(300), jitter: 1, now: start)
        #expect(machine.next(now: start) == .wait(until: start + .milliseconds(300)))
        #expect(machine.next(now: start + .milliseconds(300)) == .claim(room: 4))
    }

    @Test func `with nothing in sight it looks within the poll interval, replicas at different times`() {
        var (one, other) = (machine(), machine())
        for _ in 1...2 { _ = (one.next(now: start), other.next(now: start)) }
        one.claimed(0, leavesDue: false, next: nil, jitter: 1, now: start)
        other.claimed(0, leavesDue: false, next: .seconds(60), jitter: 0, now: start)
        #expect(one.next(now: start) == .wait(until: start + .seconds(1)))
        #expect(other.next(now: start) == .wait(until: start + .milliseconds(500)))
    }

    @Test func `a doorbell makes it look at once`() {
        var machine = machine()
        _ = machine.next(now: start)
        machine.claimed(0, leavesDue: false, next: nil, jitter: 1, now: start)
        machine.rang()
        #expect(machine.next(now: start) == .claim(room: 4))
    }

    @Test func `it goes on claiming while more is due and there is room`() {
        var machine = machine()
        _ = machine.next(now: start)
        machine.claimed(3, leavesDue: true, next: nil, jitter: 1, now: start)
        #expect(machine.next(now: start) == .claim(room: 1))
        machine.claimed(1, leavesDue: true, next: nil, jitter: 1, now: start)
        #expect(!machine.hasRoom)
        #expect(machine.next(now: start) == .wait(until: start + .seconds(1)))
        machine.finished(2)
        #expect(machine.next(now: start) == .claim(room: 2))
    }

    @Test func `what found no turn does not make it spin`() {
        var machine = machine()
        _ = machine.next(now: start)
        machine.claimed(0, leavesDue: true, next: .milliseconds(100), jitter: 1, now: start)
        #expect(machine.next(now: start) == .wait(until: start + .milliseconds(100)))
    }

    @Test func `while a server is away it waits longer and longer, and doorbells do not hurry it`() {
        var machine = machine()
        var now = start
        for wait in [50, 100, 200, 400, 800, 1_000, 1_000] {
            #expect(machine.next(now: now) == .claim(room: 4))
            machine.failed(jitter: 1, now: now)
            machine.rang()
            #expect(machine.next(now: now) == .wait(until: now + .milliseconds(wait)))
            now += .milliseconds(wait)
        }
        _ = machine.next(now: now)
        machine.claimed(0, leavesDue: false, next: nil, jitter: 1, now: now)
        machine.rang()
        #expect(machine.next(now: now) == .claim(room: 4))
    }

    @Test func `a stop lets the claim under way and its jobs end first`() {
        var machine = machine()
        _ = machine.next(now: start)
        machine.stop()
        #expect(machine.next(now: start) == .stop)
        #expect(!machine.isDrained)
        machine.claimed(2, leavesDue: false, next: nil, jitter: 1, now: start)
        #expect(!machine.isDrained)
        machine.finished(2)
        #expect(machine.isDrained)
    }

    @Test(arguments: [(4, 1), (40, 10), (128, 32), (1_000, 32)])
    func `ends wait for others until they are a quarter of what can run, or many`(concurrency: Int, enough: Int) {
        var machine = machine(concurrency)
        _ = machine.next(now: start)
        machine.claimed(concurrency, leavesDue: true, next: nil, jitter: 1, now: start)
        #expect(!machine.hasCompany(enough - 1))
        #expect(machine.hasCompany(enough))
    }

    @Test func `ends wait for nobody when nothing else runs, or nothing more is to come`() {
        var machine = machine(128)
        _ = machine.next(now: start)
        machine.claimed(3, leavesDue: false, next: nil, jitter: 1, now: start)
        #expect(!machine.hasCompany(2))
        #expect(machine.hasCompany(3))
        machine.stop()
        #expect(machine.hasCompany(2))
    }
}
