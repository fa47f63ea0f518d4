import DequeModule
import NIOCore
import NIOHTTP1

/// One connection of a client: collects a request, has it answered, and takes the next.
///
/// Everything happens on the connection's event loop, with no task to start or to wake: under load that is half of what a
/// request costs. What a client sends before it has its answer waits here. Nothing more is read as long as something waits, or
/// as long as the client does not take its answers.
///
/// One timer a connection, moved only when it fires, ends clients that take too long to send a request, byte by byte or
/// not at all, and those that stay silent between two requests or do not take an answer.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Memory for a body of which only the beginning has come.
    private static let maxReservedCapacity = 16_384
    /// About what the head of a request takes in memory, besides its texts.
    private static let headBytes = 512
    /// How long a client that is refused may go on sending: one that is cut off while it sends never sees its answer.
    private static let lingerTime = TimeAmount.seconds(2)

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
        /// The last answer is on its way or taken; whatever comes is not looked at.
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
    /// The client sends no more: the connection ends with the answer to its last request.
    private var isInputClosed = false
    /// Everything this connection keeps for its client.
    private var held: HeldBytes
    /// What of it is the body of the request under way.
    private var bodyBytes = 0
    /// Who is at the other end, once somebody has asked: to look costs a system call.
    private var peer: SocketAddress?
    private var timer: Scheduled<Void>?
    /// When the client must have gone on; nil while it waits for us.
    private var deadline: NIODeadline?

    init(site: PublicSite) {
        self.site = site
        held = HeldBytes(of: site.budget)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if early.isEmpty, canGoOn(context) { take(part, context) } else { keep(part, context) }
    }

    func read(context: ChannelHandlerContext) {
        if early.isEmpty, context.channel.isWritable { context.read() } else { holdsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { resume(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Whether the next part can be looked at: the client has its answer, and takes its answers.
    private func canGoOn(_ context: ChannelHandlerContext) -> Bool {
        if case .answering = state { return false }
        return context.channel.isWritable
    }

    /// Keeps what came too early; a client that sends more of it than there is room for gets its last answer.
    private func keep(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard !isEnding else { return }
        if held.take(Self.size(of: part)) { return early.append(part) }
        forgetEarly()
        end(context)
    }

    /// Goes on with what came too early: in a loop, because many of those requests may be answered at once.
    private func resume(_ context: ChannelHandlerContext) {
        guard !isResuming else { return }
        isResuming = true
        defer { isResuming = false }
        while canGoOn(context), let part = early.popFirst() {
            held.giveBack(Self.size(of: part))
            take(part, context)
        }
        if early.isEmpty, holdsRead, context.channel.isWritable {
            holdsRead = false
            context.read()
        }
    }

    private func forgetEarly() {
        for part in early { held.giveBack(Self.size(of: part)) }
        early.removeAll()
    }

    private static func size(of part: HTTPServerRequestPart) -> Int {
        switch part {
        case .head(let head):
            head.headers.reduce(headBytes + head.uri.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        case .body(let bytes): bytes.readableBytes
        case .end: 0
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
        deadline = context.eventLoop.now + site.requestTimeout
        // Of another protocol there is none here, and the decoder reads no further request of such a connection.
        if head.headers.contains(name: "upgrade") { isEnding = true }
        let match: Routes.Match
        do throws(Refusal) {
            match = try site.routes.match(head)
        } catch {
            return refuse(error, by: nil, context)
        }
        do throws(Refusal) {
            state = .receiving(Incoming(head: head, match: match, maxBytes: try match.endpoint.bodyLimit(head)))
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
        guard held.take(bytes.readableBytes) else {
            return refuse(.overloaded, by: incoming.match.endpoint, context)
        }
        bodyBytes += bytes.readableBytes
        if incoming.body.isEmpty {
            incoming.body.reserveCapacity(min(incoming.maxBytes, max(bytes.readableBytes, Self.maxReservedCapacity)))
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
            peer: peer(context)
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

    private func peer(_ context: ChannelHandlerContext) -> SocketAddress? {
        if peer == nil { peer = context.remoteAddress }
        return peer
    }

    /// Ends the connection with the refusal: the rest of the request is not waited for.
    private func refuse(_ refusal: Refusal, by endpoint: (any Endpoint)?, _ context: ChannelHandlerContext) {
        isEnding = true
        send(endpoint?.refuse(refusal) ?? site.refuse(refusal), context) { [self] in
            deadline = context.eventLoop.now + Self.lingerTime
            arm(context)
            context.close(mode: .output, promise: nil)
        }
    }

    /// Answers; when the connection ends with this answer, `ending` ends it as soon as the answer has left.
    private func send(_ answer: Answer, _ context: ChannelHandlerContext, ending: (() -> Void)? = nil) {
        giveBackBody()
        guard context.channel.isActive else { return }
        isEnding = isEnding || isInputClosed && early.isEmpty
        var bytes = context.channel.allocator.buffer(capacity: 0)
        bytes.writeAnswer(answer, keepsAlive: !isEnding, date: site.date.text)
        deadline = context.eventLoop.now + (isEnding ? site.requestTimeout : site.idleTimeout)
        if isEnding {
            state = .closing
            context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenSuccess {
                if let ending { ending() } else { context.close(promise: nil) }
            }
        } else {
            state = .idle
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            if !early.isEmpty || holdsRead { resume(context) }
        }
    }

    private func giveBackBody() {
        held.giveBack(bodyBytes)
        bodyBytes = 0
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.now + site.requestTimeout
        arm(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        forgetEarly()
        // The body of a request that waits for its answer is kept until then.
        if case .receiving = state { giveBackBody() }
        context.fireChannelInactive()
    }

    /// Whatever is not HTTP is told so, after the answer under way.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (state, error) {
        case (.idle, HTTPParserError.headerOverflow): refuse(.headTooLarge, by: nil, context)
        case (.idle, is HTTPParserError), (.receiving, is HTTPParserError):
            refuse(.malformed("this is not an HTTP request"), by: nil, context)
        case (.answering, is HTTPParserError): end(context)
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: end(context)
        case ChannelEvent.inputClosed: inputClosed(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// A client that sends no more gets the answers it waits for.
    private func inputClosed(_ context: ChannelHandlerContext) {
        isInputClosed = true
        if case .answering = state { return }
        if early.isEmpty { context.close(promise: nil) }
    }

    /// Ends the connection after the request under way, for which the client has no longer than for any other.
    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        if case .idle = state { context.close(promise: nil) }
    }

    /// Looks again at the deadline, and while there is none or a later one after as long as a request may take: the deadline of a request
    /// that begins meanwhile is not before that.
    private func arm(_ context: ChannelHandlerContext) {
        let longest = context.eventLoop.now + site.requestTimeout
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: min(deadline ?? longest, longest)) {
            self.fired(context)
        }
    }

    private func fired(_ context: ChannelHandlerContext) {
        guard let deadline, deadline <= context.eventLoop.now else { return arm(context) }
        if case .receiving(let incoming) = state {
            refuse(.tooSlow, by: incoming.match.endpoint, context)
        } else {
            context.close(promise: nil)
        }
    }
}
