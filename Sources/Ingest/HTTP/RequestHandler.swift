import DequeModule
import NIOCore
import NIOHTTP1
import Orders

/// One connection of a sender: collects a request, has it answered, and takes the next.
///
/// Everything happens on the connection's event loop, with no task to start or to wake: under load that is half of what a
/// request costs. What a client sends before it has its answer waits here; as long as something waits, nothing more is read.
///
/// One timer a connection, moved only when it fires, closes clients that take too long to send a request, byte by byte or
/// not at all, and those that stay silent between two requests.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Memory for a body that is announced but not sent.
    private static let maxReservedCapacity = 16_384

    private struct Request {
        var head: HTTPRequestHead
        var route: Route
        var maxBytes: Int
        var body: [UInt8] = []
    }

    private enum State {
        /// Nothing is under way.
        case idle
        /// A request is coming in.
        case receiving(Request)
        /// A complete request waits for its answer.
        case answering
        /// The last answer is on its way; whatever comes is not looked at.
        case closing
    }

    private let receiver: WebhookReceiver
    private let timeouts: (request: TimeAmount, idle: TimeAmount)
    private var state = State.idle
    /// What came too early.
    private var early: Deque<HTTPServerRequestPart> = []
    private var holdsRead = false
    private var isResuming = false
    /// The connection ends with the answer under way.
    private var isEnding = false
    /// Bytes that the request under way has set aside.
    private var reserved = 0
    private var timer: Scheduled<Void>?
    /// When the client must have gone on; nil while it waits for us.
    private var deadline: NIODeadline?

    init(receiver: WebhookReceiver, requestTimeout: TimeAmount, idleTimeout: TimeAmount) {
        self.receiver = receiver
        timeouts = (requestTimeout, idleTimeout)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .answering = state { return early.append(part) }
        take(part, context)
    }

    func read(context: ChannelHandlerContext) {
        if early.isEmpty { context.read() } else { holdsRead = true }
    }

    /// Goes on with what came too early: in a loop, because many of those requests may be answered at once.
    private func resume(_ context: ChannelHandlerContext) {
        guard !isResuming else { return }
        isResuming = true
        defer { isResuming = false }
        while let part = early.popFirst() {
            take(part, context)
            if case .answering = state { break }
        }
        if early.isEmpty, holdsRead {
            holdsRead = false
            context.read()
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): begin(head, context)
        case .body(let bytes): collect(bytes, context)
        case .end: answer(context)
        }
    }

    // MARK: A request

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard case .idle = state else { return }
        deadline = .now() + timeouts.request
        do throws(Refusal) {
            let route = try Route(head)
            let maxBytes = try receiver.bodyLimit(of: route, head.headers)
            guard receiver.budget.reserve(maxBytes) else { throw .overloaded }
            reserved = maxBytes
            var request = Request(head: head, route: route, maxBytes: maxBytes)
            request.body.reserveCapacity(min(maxBytes, Self.maxReservedCapacity))
            state = .receiving(request)
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        } catch {
            refuse(error, source: (try? Route(head))?.source, context)
        }
    }

    private func collect(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .receiving(var request) = state else { return }
        state = .idle
        guard request.body.count + bytes.readableBytes <= request.maxBytes else {
            return refuse(.tooLarge, source: request.route.source, context)
        }
        request.body.append(contentsOf: bytes.readableBytesView)
        state = .receiving(request)
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard case .receiving(let request) = state else { return }
        state = .answering
        deadline = nil
        isEnding = isEnding || !request.head.isKeepAlive
        do throws(Refusal) {
            let delivery = try receiver.receive(request.route, request.head.headers, request.body)
            receiver.store(delivery, on: context.eventLoop).assumeIsolated().whenComplete { outcome in
                self.send(self.receiver.answer(outcome, to: delivery), context)
            }
        } catch {
            send(receiver.refuse(error, source: request.route.source), context)
        }
    }

    /// Ends the connection with the refusal: the rest of the request is not waited for.
    private func refuse(_ refusal: Refusal, source: String?, _ context: ChannelHandlerContext) {
        isEnding = true
        send(receiver.refuse(refusal, source: source), context)
    }

    private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
        receiver.budget.release(reserved)
        reserved = 0
        guard context.channel.isActive else { return }
        var bytes = context.channel.allocator.buffer(capacity: 0)
        bytes.writeAnswer(answer, keepsAlive: !isEnding, date: receiver.date.text)
        deadline = .now() + timeouts.idle
        if isEnding {
            state = .closing
            context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        } else {
            state = .idle
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            if !early.isEmpty || holdsRead { resume(context) }
        }
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = .now() + timeouts.request
        arm(context, at: .now() + timeouts.request)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        early.removeAll()
        if case .receiving = state {
            receiver.budget.release(reserved)
            reserved = 0
        }
        context.fireChannelInactive()
    }

    /// Whatever is not HTTP is told so.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .idle where error is HTTPParserError, .receiving where error is HTTPParserError:
            refuse(.malformed("this is not an HTTP request"), source: nil, context)
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: end(context)
        // A client that sends no more gets the answer it waits for.
        case ChannelEvent.inputClosed: end(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Ends the connection after the request under way.
    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        if case .idle = state { context.close(promise: nil) }
    }

    private func arm(_ context: ChannelHandlerContext, at time: NIODeadline) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.fired(context) }
    }

    private func fired(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if let deadline, deadline <= now {
            context.close(promise: nil)
        } else {
            arm(context, at: deadline ?? now + timeouts.request)
        }
    }
}
