import HTTPServing
import NIOCore
import Orders

/// A wish to buy that waits for the transaction it shares with others.
final class PendingOrder: PendingCommit {
    let request: OrderRequest
    let answer: EventLoopPromise<Sale.Reply>

    /// The key is what can be long.
    var bytes: Int { request.key?.text.utf8.count ?? 0 }

    init(_ request: OrderRequest, on eventLoop: any EventLoop) {
        self.request = request
        answer = eventLoop.makePromise()
    }

    func refuse(_ refusal: CoalescerRefusal) {
        answer.fail(refusal)
    }
}
