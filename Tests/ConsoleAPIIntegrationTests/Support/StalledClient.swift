import NIOCore
import NIOHTTP1
import NIOPosix

/// A client that asks and then takes nothing until it is told to, as one does whose network or process stands still.
struct StalledClient: Sendable {
    /// Small, so that little of an answer fits between the two.
    private static let receiveBuffer = ChannelOptions.Types.SocketOption.Value(4_096)

    private let channel: any Channel
    private let received: AsyncStream<ByteBuffer>

    /// Sends a GET on a connection of its own.
    static func get(_ client: ConsoleClient, _ path: String, headers: [(String, String)] = []) async throws -> StalledClient {
        let (received, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: client.port).get()
        var request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(client.port)\r\nCookie: \(client.cookie ?? "")\r\n"
        for (name, value) in headers + [("Origin", client.origin ?? "")] { request += "\(name): \(value)\r\n" }
        try await channel.writeAndFlush(ByteBuffer(string: request + "\r\n"))
        return StalledClient(channel: channel, received: received)
    }

    /// Takes everything from now on; true when the text has come, false when the server ended first.
    func resume(until text: String) async throws -> Bool {
        try await channel.setOption(.autoRead, value: true).get()
        channel.read()
        var tail: [UInt8] = []
        for await buffer in received {
            tail += buffer.readableBytesView
            if String(decoding: tail, as: UTF8.self).contains(text) { return true }
            tail.removeFirst(max(0, tail.count - text.utf8.count))
        }
        return false
    }

    /// Hangs up, if the server has not.
    func close() async {
        try? await channel.close()
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
