import NIOCore
import NIOPosix
import Testing

@testable import ChaosKit

/// Answers every read with the next of some texts; an empty text hangs up.
private final class ScriptedServer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let answer: @Sendable (Int) -> String
    private let count: RequestCounter

    init(count: RequestCounter, answer: @escaping @Sendable (Int) -> String) {
        self.count = count
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = answer(count.next())
        if text.isEmpty { return context.close(promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    }
}

@Suite("An HTTP load", .timeLimit(.minutes(5)))
struct HTTPLoadTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"

    private func run(
        _ count: Int,
        connections: Int = 4,
        answer: @escaping @Sendable (Int) -> String,
        change: (inout HTTPLoad) -> Void = { _ in }
    ) async throws -> LoadResult {
        let counter = RequestCounter()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.addHandler(ScriptedServer(count: counter, answer: answer))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var load = HTTPLoad(host: "127.0.0.1", port: server.localAddress?.port ?? 0, connections: connections)
        change(&load)
        let requests = (0..<count).map { _ in PreparedRequest(path: "/", host: "test", headers: [], body: [1]) }
        let result = try await load.run(requests)
        try await server.close()
        return result
    }

    @Test func `answers every request over its connections`() async throws {
        let result = try await run(500) { _ in
            Self.ok
        } change: {
            $0.keepsBodies = true
        }
        #expect(result.statusCounts == [200: 500])
        #expect(result.successes == 500)
        #expect(result.latencies.count == 500)
        #expect(result.bodies.allSatisfy { $0 == "ok" })
        #expect(result.connectionErrors == 0)
        #expect(result.rate > 0)
    }

    @Test func `counts a request as broken when the server hangs up, and goes on with the others`() async throws {
        let result = try await run(20, connections: 1) { $0 == 3 ? "" : Self.ok }
        #expect(result.successes == 19)
        #expect(result.connectionErrors == 1)
        #expect(result.outcomes.count { $0 == .broken } == 1)
    }

    @Test func `sends again what met a 5xx or a broken connection, when asked to`() async throws {
        let result = try await run(20) {
            switch $0 {
            case 2: ""
            case 5, 6: Self.busy
            default: Self.ok
            }
        } change: {
            $0.retry = RetryPolicy()
            $0.retry?.firstDelay = .milliseconds(1)
        }
        #expect(result.successes == 20)
        #expect(result.retries == 3)
        #expect(result.statusCounts == [200: 20, 503: 2])
    }

    @Test func `keeps to the rate of an open loop`() async throws {
        let result = try await run(50) { _ in
            Self.ok
        } change: {
            $0.rate = 500
        }
        #expect(result.successes == 50)
        #expect(result.duration >= .milliseconds(98))
    }

    @Test func `gives up when nobody listens, and says so`() async throws {
        var load = HTTPLoad(host: "127.0.0.1", port: 1, connections: 2)
        load.unreachableTimeout = .milliseconds(50)
        let result = try await load.run([PreparedRequest(path: "/", host: "test", headers: [], body: [])])
        #expect(result.outcomes == [.unsent])
        #expect(result.fault?.contains("cannot be reached") == true)
    }

    @Test func `ends at once when there is nothing to send`() async throws {
        let result = try await run(0) { _ in Self.ok }
        #expect(result.outcomes.isEmpty)
    }

    @Test func `stops early when it is cancelled and returns what it has`() async throws {
        let result = try await withThrowingTaskGroup(of: LoadResult.self) { group in
            group.addTask {
                try await run(10_000_000 / 1_000) { _ in
                    Self.ok
                } change: {
                    $0.rate = 100
                }
            }
            group.cancelAll()
            return try await group.next()
        }
        let load = try #require(result)
        #expect(load.successes < 10_000)
        #expect(load.fault != nil)
    }
}
