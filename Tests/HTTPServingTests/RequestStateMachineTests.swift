import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPServing

@Suite struct RequestStateMachineTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private struct Things: Endpoint {
        func bodyLimit(_ head: HTTPRequestHead) -> Int { 100_000 }
        func answer(_ request: Request, on eventLoop: any EventLoop) -> EventLoopFuture<Answer> { fatalError("not asked") }
        func refuse(_ refusal: Refusal) -> Answer { .refusal(refusal) }
    }

    /// A connection, and what it was told to do, in words.
    private struct Connection {
        let budget: BodyBudget
        var machine: RequestStateMachine
        var now = start

        init(budget limit: Int = 1_000_000) {
            var routes = Routes()
            routes.add(.POST, "/things", Things())
            budget = BodyBudget(limit: limit)
            machine = RequestStateMachine(
                routes: routes,
                patience: .init(request: .seconds(10), idle: .seconds(30), linger: .seconds(2)),
                budget: budget,
                at: now
            )
        }

        mutating func head(_ uri: String = "/things", _ headers: HTTPHeaders = HTTPHeaders(), isWritable: Bool = true) -> String {
            let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: uri, headers: headers)
            return words(machine.received(.head(head), isWritable: isWritable, at: now))
        }

        mutating func body(_ bytes: Int, isWritable: Bool = true) -> String {
            words(machine.received(.body(ByteBuffer(repeating: 32, count: bytes)), isWritable: isWritable, at: now))
        }

        mutating func end(isWritable: Bool = true) -> String {
            words(machine.received(.end(nil), isWritable: isWritable, at: now))
        }

        mutating func request(bytes: Int = 2) -> String {
            "\(head()), \(body(bytes)), \(end())"
        }

        mutating func answered() -> String {
            words(machine.answered(Answer(.ok, []), at: now))
        }

        /// Everything that can be done about what came too early.
        mutating func resume(isWritable: Bool = true) -> [String] {
            var all: [String] = []
            while let action = machine.resume(isWritable: isWritable, at: now) { all.append(words(action)) }
            return all
        }

        mutating func look(after time: TimeAmount) -> String {
            now = now + time
            return words(machine.look(at: now))
        }

        func words(_ action: RequestStateMachine.Action) -> String {
            switch action {
            case .wait: "wait"
            case .read: "read"
            case .proceed: "proceed"
            case .answer(let incoming): "answer \(incoming.body.count)"
            case .send(_, let keepsAlive): keepsAlive ? "send" : "send last"
            case .refuse(let refusal, let endpoint): "refuse \(refusal.status.code)\(endpoint == nil ? "" : " by things")"
            case .closeOutput: "close output"
            case .close: "close"
            }
        }
    }

    @Test func `a request is collected, answered, and followed by the next`() {
        var connection = Connection()
        for _ in 0..<2 {
            #expect(connection.request(bytes: 7) == "wait, wait, answer 7")
            #expect(connection.answered() == "send")
            #expect(connection.resume().isEmpty)
        }
    }

    @Test func `requests that come before an answer are kept and not read further, and taken one by one`() {
        var connection = Connection()
        #expect(connection.request() == "wait, wait, answer 2")
        #expect(connection.request(bytes: 3) == "wait, wait, wait")
        #expect(connection.request(bytes: 4) == "wait, wait, wait")
        #expect(connection.words(connection.machine.readable(isWritable: true)) == "wait")
        #expect(connection.resume().isEmpty)
        #expect(connection.answered() == "send")
        #expect(connection.resume() == ["wait", "wait", "answer 3"])
        #expect(connection.answered() == "send")
        #expect(connection.resume() == ["wait", "wait", "answer 4", "read"])
    }

    @Test func `a client that does not take its answers is not read and not looked at`() {
        var connection = Connection()
        #expect(connection.words(connection.machine.readable(isWritable: false)) == "wait")
        #expect(connection.head(isWritable: false) == "wait")
        #expect(connection.end(isWritable: false) == "wait")
        #expect(connection.resume(isWritable: false).isEmpty)
        #expect(connection.resume() == ["wait", "answer 0", "read"])
    }

    @Test(arguments: [
        ("/elsewhere", "accept", "*/*", "refuse 404"), ("/things", "expect", "100-continue", "proceed"),
        ("/things", "upgrade", "h2c", "wait"),
    ])
    func `a head says what happens with its body`(uri: String, name: String, value: String, expected: String) {
        var connection = Connection()
        #expect(connection.head(uri, [name: value]) == expected)
    }

    @Test(arguments: [("connection", "close"), ("upgrade", "h2c")])
    func `a request that ends its connection gets the last answer, and nothing behind it is looked at`(
        name: String,
        value: String
    ) {
        var connection = Connection()
        #expect(connection.head("/things", [name: value]) == "wait")
        #expect(connection.end() == "answer 0")
        #expect(connection.request() == "wait, wait, wait")
        #expect(connection.answered() == "send last")
        #expect(connection.resume().isEmpty)
        #expect(connection.request() == "wait, wait, wait")
        #expect(connection.words(connection.machine.sentLast(at: connection.now)) == "close")
    }

    @Test func `a client that is refused while it sends may go on for a moment, unread`() {
        var connection = Connection()
        #expect(connection.head() == "wait")
        #expect(connection.body(100_001) == "refuse 413 by things")
        #expect(connection.body(100_001) == "wait")
        #expect(connection.words(connection.machine.sentLast(at: connection.now)) == "close output")
        #expect(connection.body(100_001) == "wait")
        #expect(connection.end() == "wait")
        #expect(connection.words(connection.machine.failed(HTTPParserError.unknown, at: connection.now)) == "wait")
        #expect(connection.look(after: .seconds(1)) == "wait")
        #expect(connection.look(after: .seconds(1)) == "close")
    }

    @Test func `bodies beyond the budget of all connections are refused, and what ended is given back`() {
        var connection = Connection(budget: 1_000)
        #expect(connection.head() == "wait")
        #expect(connection.body(HeldBytes.free + 1_000) == "wait")
        #expect(connection.body(1) == "refuse 503 by things")
        #expect(connection.budget.reserve(1_000))
    }

    @Test func `a body that waits for its answer is held until then, whether its client is there or not`() {
        for isGone in [false, true] {
            var connection = Connection(budget: 1_000)
            #expect(connection.request(bytes: HeldBytes.free + 1_000).hasSuffix("answer \(HeldBytes.free + 1_000)"))
            if isGone { connection.machine.closed() }
            #expect(!connection.budget.reserve(1))
            #expect(connection.answered() == (isGone ? "wait" : "send"))
            #expect(connection.budget.reserve(1_000))
        }
    }

    @Test func `a connection that closes gives back what it kept`() {
        var connection = Connection(budget: 50_000)
        #expect(connection.request() == "wait, wait, answer 2")
        #expect(connection.request(bytes: 60_000) == "wait, wait, wait")
        #expect(!connection.budget.reserve(20_000))
        connection.machine.closed()
        #expect(connection.answered() == "wait")
        #expect(connection.budget.reserve(50_000))
    }

    @Test func `more than there is room for before its turn ends the connection with the answer under way`() {
        var connection = Connection(budget: 1_000)
        #expect(connection.request() == "wait, wait, answer 2")
        #expect(connection.request(bytes: HeldBytes.free + 2_000) == "wait, wait, wait")
        #expect(connection.answered() == "send last")
        #expect(connection.resume().isEmpty)
        #expect(connection.budget.reserve(1_000))
    }

    @Test func `a client is looked at when it must have gone on, and never while it waits for us`() {
        var connection = Connection()
        #expect(connection.machine.nextLook(after: connection.now) == connection.now + .seconds(10))
        #expect(connection.request() == "wait, wait, answer 2")
        #expect(connection.look(after: .hours(1)) == "wait")
        #expect(connection.answered() == "send")
        #expect(connection.look(after: .seconds(29)) == "wait")
        #expect(connection.machine.nextLook(after: connection.now) == connection.now + .seconds(1))
        #expect(connection.head() == "wait")
        #expect(connection.look(after: .seconds(9)) == "wait")
        #expect(connection.look(after: .seconds(1)) == "refuse 408 by things")
        #expect(connection.machine.nextLook(after: connection.now) == connection.now + .seconds(10))
        #expect(connection.look(after: .seconds(10)) == "close")
    }

    @Test func `a silent connection is closed`() {
        var connection = Connection()
        #expect(connection.look(after: .seconds(10)) == "close")
        var later = Connection()
        #expect(later.request() == "wait, wait, answer 2")
        #expect(later.answered() == "send")
        #expect(later.look(after: .seconds(30)) == "close")
    }

    @Test func `a client that sends no more is answered all that it has sent`() {
        var connection = Connection()
        #expect(connection.request() == "wait, wait, answer 2")
        #expect(connection.request() == "wait, wait, wait")
        #expect(connection.words(connection.machine.inputClosed()) == "wait")
        #expect(connection.answered() == "send")
        #expect(connection.resume() == ["wait", "wait", "answer 2"])
        #expect(connection.answered() == "send last")
        #expect(connection.words(connection.machine.inputClosed()) == "wait")
        #expect(connection.words(connection.machine.sentLast(at: connection.now)) == "close")
    }

    @Test func `a client that sends no more in the middle of a request, or before one, is let go`() {
        var idle = Connection()
        #expect(idle.words(idle.machine.inputClosed()) == "close")
        var receiving = Connection()
        #expect(receiving.head() == "wait")
        #expect(receiving.words(receiving.machine.inputClosed()) == "close")
        var refused = Connection()
        #expect(refused.head("/elsewhere") == "refuse 404")
        #expect(refused.words(refused.machine.inputClosed()) == "wait")
        #expect(refused.words(refused.machine.sentLast(at: refused.now)) == "close")
    }

    @Test func `a connection that is told to end does so at once when it is idle, and after its answer when not`() {
        var idle = Connection()
        #expect(idle.words(idle.machine.end()) == "close")
        var receiving = Connection()
        #expect(receiving.head() == "wait")
        #expect(receiving.words(receiving.machine.end()) == "wait")
        #expect(receiving.end() == "answer 0")
        #expect(receiving.answered() == "send last")
    }

    @Test func `what is no HTTP is told so, after the answer under way`() {
        var idle = Connection()
        #expect(idle.words(idle.machine.failed(HTTPParserError.invalidMethod, at: idle.now)) == "refuse 400")
        var large = Connection()
        #expect(large.words(large.machine.failed(HTTPParserError.headerOverflow, at: large.now)) == "refuse 431")
        var receiving = Connection()
        #expect(receiving.head() == "wait")
        #expect(receiving.words(receiving.machine.failed(HTTPParserError.invalidChunkSize, at: receiving.now)) == "refuse 400")
        var answering = Connection()
        #expect(answering.request() == "wait, wait, answer 2")
        let leftover = ByteToMessageDecoderError.dataReceivedInErrorState(HTTPParserError.invalidMethod, ByteBuffer())
        for error in [HTTPParserError.invalidMethod, leftover] as [any Error] {
            #expect(answering.words(answering.machine.failed(error, at: answering.now)) == "wait")
        }
        #expect(answering.answered() == "send last")
        var flood = Connection()
        #expect(flood.request() == "wait, wait, answer 2")
        #expect(flood.words(flood.machine.failed(ByteToMessageDecoderError.PayloadTooLargeError(), at: flood.now)) == "close")
        var broken = Connection()
        #expect(broken.words(broken.machine.failed(ChannelError.eof, at: broken.now)) == "close")
    }
}
