import HTTPServing
import NIOCore
import NIOHTTP1

/// One operation of the storefront: who may use it, and how it is answered.
struct StorefrontEndpoint: Endpoint {
    typealias Operation = @Sendable (Request, any EventLoop) throws(Refusal) -> EventLoopFuture<Answer>

    enum Access: Sendable {
        /// Everybody, as often as a client may come.
        case everybody
        /// Whoever bears the token.
        case administrators
    }

    let desk: FrontDesk
    let access: Access
    let takesBody: Bool
    let operation: Operation

    func bodyLimit(_ head: HTTPRequestHead) throws(Refusal) -> Int {
        takesBody ? try head.jsonBodyLimit(desk.configuration.maxBodyBytes) : 0
    }

    func answer(_ request: Request, on eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        switch access {
        case .everybody: try desk.gate.enter(request)
        case .administrators: try desk.admit(request)
        }
        return try operation(request, eventLoop)
    }

    func refuse(_ refusal: Refusal) -> Answer { desk.refuse(refusal) }
}
