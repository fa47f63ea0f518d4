import EventStore
import Metrics
package import NIOCore
import Orders
import Synchronization

/// Why a request could not be made durable.
enum CoalescerRefusal: Error {
    /// PostgreSQL is away.
    case unavailable
    /// Too much is waiting already.
    case overloaded
    /// The commit failed, or whether it succeeded could not be found out in time.
    case failed
}

/// Where requests wait for the commit they share.
package final class Coalescer: Sendable {
    typealias Outcome = Result<AppendOutcome, CoalescerRefusal>
    typealias Answer = EventLoopPromise<AppendOutcome>
    typealias Entry = WaitingRequest<IncomingEvent, Answer>
    typealias Machine = CoalescerStateMachine<IncomingEvent, Answer, CheckedContinuation<[Entry]?, Never>>

    /// How long a writer sleeps before it looks whether PostgreSQL is still there.
    private static let idleTime: TimeAmount = .seconds(1)

    private let machine: Mutex<Machine>
    private let linger: TimeAmount
    private let timers: any EventLoop
    private let waitingGauge = Gauge(label: "ingest_waiting_requests")

    /// - Parameter timers: where the ends of lingers are scheduled.
    package init(configuration: IngestConfiguration, timers: any EventLoop) {
        machine = Mutex(Machine(limits: configuration.coalescerLimits))
        linger = TimeAmount(configuration.linger)
        self.timers = timers
    }

    /// Whether at least one writer has a connection.
    package var isAvailable: Bool { machine.withLock { $0.isAvailable } }

    /// Succeeds once the event is durable; fails with a `CoalescerRefusal`.
    func append(_ event: IncomingEvent, on eventLoop: any EventLoop) -> EventLoopFuture<AppendOutcome> {
        let answer = eventLoop.makePromise(of: AppendOutcome.self)
        let entry = Entry(item: event, bytes: event.body.count, ticket: answer)
        perform(machine.withLock { $0.submit(entry) })
        return answer.futureResult
    }

    /// The next batch for a writer that has just answered some requests; empty when it should look after its connection, nil
    /// when it can end.
    func nextBatch(answered: Int) async -> [Entry]? {
        await withCheckedContinuation { writer in
            let (action, count) = machine.withLock { ($0.writerReady(writer, answered: answered), $0.waitingCount) }
            waitingGauge.record(count)
            switch action {
            case .write(let batch): writer.resume(returning: batch)
            case .idle(let number): timers.scheduleTask(in: Self.idleTime) { self.idleEnded(number) }
            case .linger(let number): timers.scheduleTask(in: linger) { self.lingerEnded(number) }
            case .stop: writer.resume(returning: nil)
            }
        }
    }

    private func idleEnded(_ number: Int) {
        machine.withLock { $0.idleEnded(number) }?.resume(returning: [])
    }

    private func lingerEnded(_ number: Int) {
        if let action = machine.withLock({ $0.lingerEnded(number) }) { perform(action) }
    }

    private func perform(_ action: Machine.SubmitAction) {
        switch action {
        case .wait: break
        case .look(let writer): writer.resume(returning: [])
        case .write(let writer, let batch): writer.resume(returning: batch)
        case .refuseUnavailable(let answer): answer.fail(CoalescerRefusal.unavailable)
        case .refuseFull(let answer): answer.fail(CoalescerRefusal.overloaded)
        }
    }

    func writerConnected() {
        machine.withLock { $0.writerConnected() }
    }

    func writerLost() {
        for answer in machine.withLock({ $0.writerLost() }) { answer.fail(CoalescerRefusal.unavailable) }
    }

    /// Lets the writers end once nothing waits.
    func stop() {
        for writer in machine.withLock({ $0.stop() }) { writer.resume(returning: nil) }
    }
}
