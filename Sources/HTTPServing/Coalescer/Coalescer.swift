import Metrics
package import NIOCore
import Synchronization

/// Where requests wait for the commit they share.
///
/// Not generic over its requests: a generic queue would not be specialised for its users, which are other modules.
package final class Coalescer: Sendable {
    typealias Machine = CoalescerStateMachine<any PendingCommit, CheckedContinuation<Batch<any PendingCommit>?, Never>>

    /// How long a writer sleeps before it looks whether PostgreSQL is still there.
    private static let idleTime: TimeAmount = .seconds(1)

    private let machine: Mutex<Machine>
    private let linger: TimeAmount
    private let timers: any EventLoop
    private let waitingGauge: Gauge

    /// - Parameters:
    ///   - name: in front of the names of metrics.
    ///   - linger: how long a busy writer waits for the senders it has just answered, with all that it commits meanwhile.
    ///   - timers: where the ends of lingers are scheduled.
    package init(name: String, limits: CoalescerLimits, linger: Duration, timers: any EventLoop) {
        machine = Mutex(Machine(limits: limits))
        self.linger = TimeAmount(linger)
        self.timers = timers
        waitingGauge = Gauge(label: "\(name)_waiting_requests")
    }

    /// Whether at least one writer has a connection.
    package var isAvailable: Bool { machine.withLock { $0.isAvailable } }

    /// Lets the request wait for the next commit; refuses it at once when it cannot.
    package func submit(_ pending: any PendingCommit) {
        let entry = Machine.Entry(ticket: pending, bytes: pending.bytes)
        perform(machine.withLock { $0.submit(entry) })
    }

    /// The next batch for a writer; nil when it can end. A batch without requests asks for a flush, or when there is nothing
    /// to flush for a look after the connection.
    ///
    /// - Parameter began: when the writer last had nothing to answer; it lingers from then on.
    nonisolated(nonsending) func nextBatch(after progress: WriterProgress, began: NIODeadline) async -> Batch<any PendingCommit>?
    {
        await withCheckedContinuation { writer in
            let (action, count) = machine.withLock { ($0.writerReady(writer, after: progress), $0.waitingCount) }
            waitingGauge.record(count)
            switch action {
            case .write(let batch): writer.resume(returning: Batch(batch))
            case .idle(let number): timers.scheduleTask(in: Self.idleTime) { self.idleEnded(number) }
            case .linger(let number): timers.scheduleTask(deadline: began + linger) { self.lingerEnded(number) }
            case .stop: writer.resume(returning: nil)
            }
        }
    }

    private func idleEnded(_ number: Int) {
        machine.withLock { $0.idleEnded(number) }?.resume(returning: .empty)
    }

    private func lingerEnded(_ number: Int) {
        if let action = machine.withLock({ $0.lingerEnded(number) }) { perform(action) }
    }

    private func perform(_ action: Machine.SubmitAction) {
        switch action {
        case .wait: break
        case .look(let writer): writer.resume(returning: .empty)
        case .write(let writer, let batch): writer.resume(returning: Batch(batch))
        case .refuseUnavailable(let pending): pending.refuse(.unavailable)
        case .refuseFull(let pending): pending.refuse(.overloaded)
        }
    }

    /// A writer has a connection.
    package func writerConnected() {
        machine.withLock { $0.writerConnected() }
    }

    /// A writer has lost its connection; with the last one everything that waits is refused.
    package func writerLost() {
        for pending in machine.withLock({ $0.writerLost() }) { pending.refuse(.unavailable) }
    }

    /// Lets the writers end once nothing waits.
    func stop() {
        for writer in machine.withLock({ $0.stop() }) { writer.resume(returning: nil) }
    }
}

extension Batch where Request == any PendingCommit {
    static var empty: Batch { Batch(requests: [], awaited: 0) }

    fileprivate init(_ batch: Batch<Coalescer.Machine.Entry>) {
        self.init(requests: batch.requests.map(\.ticket), awaited: batch.awaited)
    }
}
