import NIOCore
import NIOPosix

/// A connection of its own to a console, in bytes.
struct RawConnection: Sendable {
    let channel: any Channel
    /// Ends when the server hangs up, in whatever way.
    let received: AsyncStream<ByteBuffer>

    static func open(
        to port: Int,
        configure: (ClientBootstrap) -> ClientBootstrap = { $0 }
    ) async throws -> RawConnection {
        let (received, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(continuation))
            }
        }
        let channel = try await configure(bootstrap).connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, received: received)
    }

    /// Everything the server says to these bytes, well formed or not, until it hangs up.
    static func send(_ bytes: String, to port: Int) async throws -> String {
        let connection = try await open(to: port)
        try await connection.channel.writeAndFlush(ByteBuffer(string: bytes))
        var answer = ""
        for await buffer in connection.received { answer += String(buffer: buffer) }
        return answer
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.finish()
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // The server hung up in the middle: that is an end like any other.
            context.close(promise: nil)
        }
    }
}
