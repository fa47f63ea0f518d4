import NIOCore
import NIOHTTP1

/// One connection of a client: does what its `RequestStateMachine` decides.
///
/// Everything happens on the connection's event loop, with no task to start or to wake: under load that is half of what a
/// request costs. One timer a connection, moved only when it fires, ends clients that take too long.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// How long a client that was refused may go on sending.
    private static let lingerTime = TimeAmount.seconds(2)

    private let site: PublicSite
    private var machine: RequestStateMachine
    private var isResuming = false
    /// Who is at the other end, once somebody has asked: to look costs a system call.
    private var peer: SocketAddress?
    private var timer: Scheduled<Void>?

    init(site: PublicSite, at now: NIODeadline) {
        self.site = site
        machine = RequestStateMachine(
            routes: site.routes,
            patience: .init(request: site.requestTimeout, idle: site.idleTimeout, linger: Self.lingerTime),
            budget: site.budget,
            at: now
        )
    }

    // MARK: What happens

    func handlerAdded(context: ChannelHandlerContext) {
        arm(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        perform(machine.received(part, isWritable: context.channel.isWritable, at: context.eventLoop.now), context)
    }

    func read(context: ChannelHandlerContext) {
        perform(machine.readable(isWritable: context.channel.isWritable), context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resume(context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: perform(machine.end(), context)
        case ChannelEvent.inputClosed: perform(machine.inputClosed(), context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        perform(machine.failed(error, at: context.eventLoop.now), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        machine.closed()
        context.fireChannelInactive()
    }

    private func arm(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let next = machine.nextLook(after: context.eventLoop.now)
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: next) { [self] in
            perform(machine.look(at: context.eventLoop.now), context)
            if context.channel.isActive { arm(context) }
        }
    }

    /// Goes on with what came too early: in a loop, because many of those requests may be answered at once.
    private func resume(_ context: ChannelHandlerContext) {
        guard !isResuming else { return }
        isResuming = true
        defer { isResuming = false }
        while let action = machine.resume(isWritable: context.channel.isWritable, at: context.eventLoop.now) {
            perform(action, context)
        }
    }

    // MARK: What is done

    private func perform(_ action: RequestStateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .wait: break
        case .read: context.read()
        case .proceed:
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        case .answer(let incoming): answer(incoming, context)
        case .send(let answer, keepsAlive: true):
            context.writeAndFlush(response(answer, keepsAlive: true, context), promise: nil)
            resume(context)
        case .send(let answer, keepsAlive: false): sendLast(answer, context)
        case .refuse(let refusal, by: let endpoint): sendLast(endpoint?.refuse(refusal) ?? site.refuse(refusal), context)
        case .closeOutput:
            arm(context)
            context.close(mode: .output, promise: nil)
        case .close: context.close(promise: nil)
        }
    }

    private func answer(_ incoming: RequestStateMachine.Incoming, _ context: ChannelHandlerContext) {
        if peer == nil { peer = context.remoteAddress }
        let endpoint = incoming.match.endpoint
        let request = Request(head: incoming.head, body: incoming.body, parameter: incoming.match.parameter, peer: peer)
        do throws(Refusal) {
            try endpoint.answer(request, on: context.eventLoop).assumeIsolated().whenComplete { outcome in
                switch outcome {
                case .success(let answer): self.answered(answer, context)
                case .failure: self.answered(endpoint.refuse(.unavailable), context)
                }
            }
        } catch {
            answered(endpoint.refuse(error), context)
        }
    }

    private func answered(_ answer: Answer, _ context: ChannelHandlerContext) {
        perform(machine.answered(answer, at: context.eventLoop.now), context)
    }

    private func sendLast(_ answer: Answer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(response(answer, keepsAlive: false, context)).assumeIsolated().whenSuccess { [self] in
            perform(machine.sentLast(at: context.eventLoop.now), context)
        }
    }

    private func response(_ answer: Answer, keepsAlive: Bool, _ context: ChannelHandlerContext) -> NIOAny {
        var bytes = context.channel.allocator.buffer(capacity: 0)
        bytes.writeAnswer(answer, keepsAlive: keepsAlive, date: site.date.text)
        return wrapOutboundOut(bytes)
    }
}
