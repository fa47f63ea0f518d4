import LocalServers
import NIOCore
import NIOPosix
import Testing

@testable import ChaosKit

@Suite("A fault proxy passes bytes, or does not", .timeLimit(.minutes(5)))
struct FaultProxyTests {
    /// A server that sends back whatever comes.
    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }
    }

    /// What a client got, and how its connection ended.
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let received: AsyncStream<ByteBuffer>.Continuation

        init(_ received: AsyncStream<ByteBuffer>.Continuation) {
            self.received = received
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.yield(unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) {
            received.finish()
        }
    }

    private struct Client {
        let channel: any Channel
        var received: AsyncStream<ByteBuffer>.Iterator

        static func connect(to port: Int) async throws -> Client {
            let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
            return Client(channel: channel, received: stream.makeAsyncIterator())
        }

        /// So many bytes, or all that came before the connection ended.
        mutating func read(_ count: Int) async -> ByteBuffer {
            var bytes = ByteBuffer()
            while bytes.readableBytes < count, var more = await received.next() { bytes.writeBuffer(&more) }
            return bytes
        }
    }

    private func withProxy(_ body: @Sendable (FaultProxy) async throws -> Void) async throws {
        let echo = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let target = TargetAddress(host: "127.0.0.1", port: echo.localAddress?.port ?? 0)
        try await FaultProxy.with(to: target, body)
        try await echo.close()
    }

    @Test func `more bytes than any buffer holds come back unchanged`() async throws {
        try await withProxy { proxy in
            var client = try await Client.connect(to: proxy.port)
            let sent = ByteBuffer(bytes: (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
            client.channel.writeAndFlush(sent, promise: nil)
            #expect(await client.read(sent.readableBytes) == sent)
            #expect(try await proxy.connections() == 1)
            try await client.channel.close()
        }
    }

    @Test func `latency counts once for each direction`() async throws {
        try await withProxy { proxy in
            try await proxy.set(LinkWeather(latency: .milliseconds(60)))
            var client = try await Client.connect(to: proxy.port)
            let start = ContinuousClock.now
            client.channel.writeAndFlush(ByteBuffer(string: "ping"), promise: nil)
            #expect(await client.read(4) == ByteBuffer(string: "ping"))
            #expect(start.duration(to: .now) >= .milliseconds(120))
        }
    }

    @Test func `a black hole holds everything back and gives it back when it ends`() async throws {
        try await withProxy { proxy in
            var client = try await Client.connect(to: proxy.port)
            client.channel.writeAndFlush(ByteBuffer(string: "before"), promise: nil)
            #expect(await client.read(6) == ByteBuffer(string: "before"))
            try await proxy.set(LinkWeather(isBlackHole: true))
            try await client.channel.writeAndFlush(ByteBuffer(string: "inside")).get()
            #expect(client.channel.isActive)
            try await proxy.set(.fair)
            #expect(await client.read(6) == ByteBuffer(string: "inside"))
        }
    }

    @Test func `a cut ends every connection at once, and the next one works`() async throws {
        try await withProxy { proxy in
            var first = try await Client.connect(to: proxy.port)
            first.channel.writeAndFlush(ByteBuffer(string: "ping"), promise: nil)
            #expect(await first.read(4) == ByteBuffer(string: "ping"))
            #expect(try await proxy.cut() == 1)
            #expect(await first.read(1) == ByteBuffer())
            var second = try await Client.connect(to: proxy.port)
            second.channel.writeAndFlush(ByteBuffer(string: "pong"), promise: nil)
            #expect(await second.read(4) == ByteBuffer(string: "pong"))
        }
    }

    @Test func `a link that refuses resets new connections and keeps the old ones`() async throws {
        try await withProxy { proxy in
            var old = try await Client.connect(to: proxy.port)
            old.channel.writeAndFlush(ByteBuffer(string: "ping"), promise: nil)
            #expect(await old.read(4) == ByteBuffer(string: "ping"))
            try await proxy.set(LinkWeather(refuses: true))
            #expect(await isReset(proxy.port))
            old.channel.writeAndFlush(ByteBuffer(string: "pong"), promise: nil)
            #expect(await old.read(4) == ByteBuffer(string: "pong"))
        }
    }

    @Test func `a target that cannot be reached looks like a refusal`() async throws {
        let port = try await LocalPort.free()
        try await FaultProxy.with(to: TargetAddress(host: "127.0.0.1", port: port)) { proxy in
            #expect(await isReset(proxy.port))
        }
    }

    /// Whether a new connection ends without a byte; the reset may come while it is being opened.
    private func isReset(_ port: Int) async -> Bool {
        guard var client = try? await Client.connect(to: port) else { return true }
        return await client.read(1) == ByteBuffer()
    }
}
