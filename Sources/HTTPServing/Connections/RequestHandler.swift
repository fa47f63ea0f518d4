import DequeModule
import NIOCore
import NIOHTTP1

/// One connection of a client: collects a request, has it answered, and takes the next.
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

    private struct Incoming {
        var head: HTTPRequestHead
        var match: Routes.Match
        var maxBytes: Int
        var body: [UInt8] = []
    }

    private enum State {
        /// Nothing is under way.
        case idle
        /// A request is coming in.
        case receiving(Incoming)
        /// A complete request waits for its answer.
        case answering
        /// The last answer is on its way; whatever comes is not looked at.
        case closing
    }

    private let site: PublicSite
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

    init(site: PublicSite) {
        self.site = site
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
        deadline = .now() + site.requestTimeout
        let match: Routes.Match
        do throws(Refusal) {
            match = try site.routes.match(head)
        } catch {
            return refuse(error, by: nil, context)
        }
        do throws(Refusal) {
            let maxBytes = try match.endpoint.bodyLimit(head)
            guard site.budget.reserve(maxBytes) else { throw .overloaded }
            reserved = maxBytes
            var incoming = Incoming(head: head, match: match, maxBytes: maxBytes)
            incoming.body.reserveCapacity(min(maxBytes, Self.maxReservedCapacity))
            state = .receiving(incoming)
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        } catch {
            refuse(error, by: match.endpoint, context)
        }
    }

    private func collect(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .receiving(var incoming) = state else { return }
        state = .idle
        guard incoming.body.count + bytes.readableBytes <= incoming.maxBytes else {
            return refuse(.tooLarge, by: incoming.match.endpoint, context)
        }
        incoming.body.append(contentsOf: bytes.readableBytesView)
        state = .receiving(incoming)
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard case .receiving(let incoming) = state else { return }
        state = .answering
        deadline = nil
        isEnding = isEnding || !incoming.head.isKeepAlive
        let endpoint = incoming.match.endpoint
        let request = Request(
            head: incoming.head,
            body: incoming.body,
            parameter: incoming.match.parameter,
            peer: context.remoteAddress
        )
        do throws(Refusal) {
            try endpoint.answer(request, on: context.eventLoop).assumeIsolated().whenComplete { outcome in
                switch outcome {
                case .success(let answer): self.send(answer, context)
                case .failure: self.send(endpoint.refuse(.unavailable), context)
                }
            }
        } catch {
            send(endpoint.refuse(error), context)
        }
    }

    /// Ends the connection with the refusal: the rest of the request is not waited for.
    private func refuse(_ refusal: Refusal, by endpoint: (any Endpoint)?, _ context: ChannelHandlerContext) {
        isEnding = true
        send(endpoint?.refuse(refusal) ?? site.refuse(refusal), context)
    }

    private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
        site.budget.release(reserved)
        reserved = 0
        guard context.channel.isActive else { return }
        var bytes = context.channel.allocator.buffer(capacity: 0)
        bytes.writeAnswer(answer, keepsAlive: !isEnding, date: site.date.text)
        deadline = .now() + site.idleTimeout
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
        deadline = .now() + site.requestTimeout
        arm(context, at: .now() + site.requestTimeout)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        early.removeAll()
        if case .receiving = state {
            site.budget.release(reserved)
            reserved = 0
        }
        context.fireChannelInactive()
    }

    /// Whatever is not HTTP is told so.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .idle where error is HTTPParserError, .receiving where error is HTTPParserError:
            refuse(.malformed("this is not an HTTP request"), by: nil, context)
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
            arm(context, at: deadline ?? now + site.requestTimeout)
        }
    }
}
