import HTTPServing
import NIOCore
import NIOHTTP1

/// One path for webhooks.
struct WebhookEndpoint: Endpoint {
    let receiver: WebhookReceiver
    let route: Route

    func bodyLimit(_ head: HTTPRequestHead) throws(Refusal) -> Int {
        try head.jsonBodyLimit(receiver.maxBodyBytes)
    }

    func answer(_ request: Request, on eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let delivery = try receiver.receive(route, request.head.headers, request.body)
        let answer = eventLoop.makePromise(of: Answer.self)
        receiver.store(delivery, on: eventLoop).whenComplete { answer.succeed(receiver.answer($0, to: delivery)) }
        return answer.futureResult
    }

    func refuse(_ refusal: Refusal) -> Answer {
        receiver.refuse(refusal, source: route.source)
    }
}

/// `GET /health`
struct HealthEndpoint: Endpoint {
    let receiver: WebhookReceiver

    func bodyLimit(_ head: HTTPRequestHead) -> Int { 0 }

    func answer(_ request: Request, on eventLoop: any EventLoop) -> EventLoopFuture<Answer> {
        eventLoop.makeSucceededFuture(receiver.health)
    }

    func refuse(_ refusal: Refusal) -> Answer {
        receiver.refuse(refusal, source: nil)
    }
}
