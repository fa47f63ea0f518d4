import DequeModule
import NIOCore
import NIOHTTP1

/// Decides what one connection of a client does next: one request after the other, each answered before the next is looked at.
///
/// What a client sends before it has its answer is kept here. Nothing more is read as long as something is kept, or as long as
/// the client does not take its answers.
struct RequestStateMachine {
    typealias Part = HTTPServerRequestPart

    /// How long a client may take.
    struct Patience {
        /// To send one request, or to take its last answer.
        var request: TimeAmount
        /// To begin the next request.
        var idle: TimeAmount
        /// To go on sending when it was refused: one that is cut off while it sends never sees its answer.
        var linger: TimeAmount
    }

    /// A request that is coming in.
    struct Incoming {
        let head: HTTPRequestHead
        let match: Routes.Match
        let maxBytes: Int
        var body: [UInt8] = []
    }

    enum Action {
        /// Nothing, until something else happens.
        case wait
        case read
        /// Tell the client that its body is welcome.
        case proceed
        /// Have a complete request answered, and say `answered`.
        case answer(Incoming)
        case send(Answer, keepsAlive: Bool)
        /// Send the last answer, a refusal by this endpoint if one was found; the rest of the request is not waited for.
        case refuse(Refusal, by: (any Endpoint)?)
        /// End what we send, so that the client hears that this was the last answer.
        case closeOutput
        case close
    }

    private enum State {
        /// Nothing is under way.
        case idle
        case receiving(Incoming)
        /// A complete request waits for its answer.
        case answering
        /// The last answer is on its way; whatever comes is not looked at.
        case sendingLast(thenLingers: Bool)
        /// The last answer has left.
        case lingering
        /// The client is gone.
        case gone
    }

    /// Memory for a body of which only the beginning has come.
    private static let maxReservedCapacity = 16_384
    /// About what the head of a request takes in memory, besides its texts.
    private static let headBytes = 512

    private let routes: Routes
    private let patience: Patience
    private var state = State.idle
    /// What came too early.
    private var early: Deque<Part> = []
    /// A read was asked for while something was kept.
    private var owesRead = false
    /// The connection ends with the answer under way.
    private var isEnding = false
    /// The client sends no more: the connection ends with the answer to its last request.
    private var isInputClosed = false
    /// Everything this connection keeps for its client.
    private var held: HeldBytes
    /// What of it is the body of the request under way.
    private var bodyBytes = 0
    /// When the client must have gone on; nil while it waits for us.
    private var deadline: NIODeadline?

    init(routes: Routes, patience: Patience, budget: BodyBudget, at now: NIODeadline) {
        self.routes = routes
        self.patience = patience
        held = HeldBytes(of: budget)
        deadline = now + patience.request
    }

    // MARK: Reading

    /// A part of a request has come.
    mutating func received(_ part: Part, isWritable: Bool, at now: NIODeadline) -> Action {
        guard early.isEmpty, canGoOn(isWritable) else { return keep(part) }
        return take(part, at: now)
    }

    /// More could be read.
    mutating func readable(isWritable: Bool) -> Action {
        if early.isEmpty, isWritable { return .read }
        owesRead = true
        return .wait
    }

    /// Goes on with what came too early, a part at a time; nil when there is nothing to go on with.
    mutating func resume(isWritable: Bool, at now: NIODeadline) -> Action? {
        if canGoOn(isWritable), let part = early.popFirst() {
            held.giveBack(Self.size(of: part))
            return take(part, at: now)
        }
        guard early.isEmpty, owesRead, isWritable else { return nil }
        owesRead = false
        return .read
    }

    /// Whether the next part can be looked at: the client has its answer, and takes its answers.
    private func canGoOn(_ isWritable: Bool) -> Bool {
        if case .answering = state { return false }
        return isWritable
    }

    /// Keeps what came too early; a client that sends more of it than there is room for gets its last answer.
    private mutating func keep(_ part: Part) -> Action {
        guard !isEnding else { return .wait }
        if held.take(Self.size(of: part)) {
            early.append(part)
            return .wait
        }
        forgetEarly()
        return end()
    }

    private mutating func forgetEarly() {
        for part in early { held.giveBack(Self.size(of: part)) }
        early.removeAll()
    }

    private static func size(of part: Part) -> Int {
        switch part {
        case .head(let head):
            head.headers.reduce(headBytes + head.uri.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        case .body(let bytes): bytes.readableBytes
        case .end: 0
        }
    }

    // MARK: A request

    private mutating func take(_ part: Part, at now: NIODeadline) -> Action {
        switch part {
        case .head(let head): begin(head, at: now)
        case .body(let bytes): collect(bytes, at: now)
        case .end: complete()
        }
    }

    private mutating func begin(_ head: HTTPRequestHead, at now: NIODeadline) -> Action {
        guard case .idle = state else { return .wait }
        deadline = now + patience.request
        // Of another protocol there is none here, and the decoder reads no further request of such a connection.
        if head.headers.contains(name: "upgrade") { isEnding = true }
        let match: Routes.Match
        do throws(Refusal) {
            match = try routes.match(head)
        } catch {
            return refuse(error, by: nil, at: now)
        }
        do throws(Refusal) {
            state = .receiving(Incoming(head: head, match: match, maxBytes: try match.endpoint.bodyLimit(head)))
        } catch {
            return refuse(error, by: match.endpoint, at: now)
        }
        return head.headers.first(name: "expect")?.lowercased() == "100-continue" ? .proceed : .wait
    }

    private mutating func collect(_ bytes: ByteBuffer, at now: NIODeadline) -> Action {
        guard case .receiving(var incoming) = state else { return .wait }
        // The body has one owner while it grows.
        state = .idle
        guard incoming.body.count + bytes.readableBytes <= incoming.maxBytes else {
            return refuse(.tooLarge, by: incoming.match.endpoint, at: now)
        }
        guard held.take(bytes.readableBytes) else {
            return refuse(.overloaded, by: incoming.match.endpoint, at: now)
        }
        bodyBytes += bytes.readableBytes
        if incoming.body.isEmpty {
            incoming.body.reserveCapacity(min(incoming.maxBytes, max(bytes.readableBytes, Self.maxReservedCapacity)))
        }
        incoming.body.append(contentsOf: bytes.readableBytesView)
        state = .receiving(incoming)
        return .wait
    }

    private mutating func complete() -> Action {
        guard case .receiving(let incoming) = state else { return .wait }
        state = .answering
        deadline = nil
        isEnding = isEnding || !incoming.head.isKeepAlive
        return .answer(incoming)
    }

    /// The request under way has its answer.
    mutating func answered(_ answer: Answer, at now: NIODeadline) -> Action {
        giveBackBody()
        guard case .answering = state else { return .wait }
        isEnding = isEnding || isInputClosed && early.isEmpty
        deadline = now + (isEnding ? patience.request : patience.idle)
        state = isEnding ? .sendingLast(thenLingers: false) : .idle
        return .send(answer, keepsAlive: !isEnding)
    }

    private mutating func refuse(_ refusal: Refusal, by endpoint: (any Endpoint)?, at now: NIODeadline) -> Action {
        giveBackBody()
        isEnding = true
        deadline = now + patience.request
        state = .sendingLast(thenLingers: true)
        return .refuse(refusal, by: endpoint)
    }

    private mutating func giveBackBody() {
        held.giveBack(bodyBytes)
        bodyBytes = 0
    }

    // MARK: The end of the connection

    /// The last answer has left.
    mutating func sentLast(at now: NIODeadline) -> Action {
        guard case .sendingLast(thenLingers: true) = state, !isInputClosed else { return .close }
        state = .lingering
        deadline = now + patience.linger
        return .closeOutput
    }

    /// Ends the connection after the request under way, for which the client has no longer than for any other.
    mutating func end() -> Action {
        isEnding = true
        if case .idle = state { return .close }
        return .wait
    }

    /// The client sends no more, and gets the answers it waits for.
    mutating func inputClosed() -> Action {
        isInputClosed = true
        switch state {
        case .answering, .sendingLast: return .wait
        case .idle, .receiving, .lingering, .gone: return early.isEmpty ? .close : .wait
        }
    }

    /// What came is no HTTP, or more than can be kept. The first is told to the client, after the answer under way; the second ends the
    /// connection. A client that has had its last answer may go on sending, whatever it is.
    mutating func failed(_ error: any Error, at now: NIODeadline) -> Action {
        switch (state, error) {
        case (.sendingLast, _), (.lingering, _), (.gone, _): .wait
        case (.idle, HTTPParserError.headerOverflow): refuse(.headTooLarge, by: nil, at: now)
        case (.idle, is HTTPParserError), (.receiving, is HTTPParserError):
            refuse(.malformed("this is not an HTTP request"), by: nil, at: now)
        // The second is what comes after the first, and is not kept.
        case (.answering, is HTTPParserError), (.answering, is ByteToMessageDecoderError): end()
        default: .close
        }
    }

    /// The connection is no more.
    mutating func closed() {
        forgetEarly()
        // The body of a request that waits for its answer is kept until then.
        if case .answering = state {} else { giveBackBody() }
        state = .gone
    }

    /// When to look at the client again: at its deadline, and while it has none or a later one after as long as a request may
    /// take. The deadline of a request that begins meanwhile is not before that.
    func nextLook(after now: NIODeadline) -> NIODeadline {
        let longest = now + patience.request
        return min(deadline ?? longest, longest)
    }

    /// It is time to look at the client.
    mutating func look(at now: NIODeadline) -> Action {
        guard let deadline, deadline <= now else { return .wait }
        guard case .receiving(let incoming) = state else { return .close }
        return refuse(.tooSlow, by: incoming.match.endpoint, at: now)
    }
}
