import EventStore
import HTTPServing
import NIOCore
import Orders

/// An event that waits for its commit.
final class PendingEvent: PendingCommit {
    let event: IncomingEvent
    let answer: EventLoopPromise<AppendOutcome>

    var bytes: Int { event.body.count }

    init(_ event: IncomingEvent, on eventLoop: any EventLoop) {
        self.event = event
        answer = eventLoop.makePromise()
    }

    func refuse(_ refusal: CoalescerRefusal) {
        answer.fail(refusal)
    }
}
