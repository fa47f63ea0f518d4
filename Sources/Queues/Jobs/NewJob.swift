package import FoundationEssentials
import ServiceRuntime

/// A job that is to be made.
package struct NewJob: Sendable, Equatable {
    package var queue: Queue
    /// What makes the job one effect: a second one under the same key is never made, finished or not.
    package var key: String
    package var orderID: UUID
    /// Whose calls it shares a limit with.
    package var shop: String
    /// What its handler needs, as JSON.
    package var input: [UInt8]
    /// From the moment of its insertion, on the clock of PostgreSQL.
    package var delay: Duration
    /// Whether it waits for the earlier jobs of its order in the queue, and later ones for it.
    package var isSequenced = true
    /// The trace it belongs to: that of the work which makes it, if not said otherwise.
    package var traceID = TraceID.current?.uuid

    package init(queue: Queue, key: String, orderID: UUID, shop: String, input: [UInt8], delay: Duration = .zero) {
        self.queue = queue
        self.key = key
        self.orderID = orderID
        self.shop = shop
        self.input = input
        self.delay = delay
    }
}

extension Queue {
    /// The queues whose runners have to be woken once the jobs are committed: what is due later is seen in time by the looks
    /// that every runner takes by itself.
    package static func toWake(for jobs: [NewJob]) -> Set<Queue> {
        Set(jobs.lazy.filter { $0.delay < DispatchStateMachine.pollInterval }.map(\.queue))
    }
}
