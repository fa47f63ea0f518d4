import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A client of the console's live feed that answers pings and hands every text on.
enum FeedFollower {
    /// Why the console refused a client.
    struct Refused: Error {}

    /// Frames of many orders are 64 KB and a little.
    private static let maxFrameBytes = 1 << 20

    /// Follows until the channel is closed.
    ///
    /// - Parameter receive: gets each text, on the channel's event loop.
    static func connect(
        to target: TargetAddress,
        path: String,
        token: String,
        group: any EventLoopGroup,
        receive: @escaping @Sendable (ByteBuffer) -> Void
    ) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: group)
        let upgrade = try await bootstrap.connect(host: target.host, port: target.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketClientUpgrader<(any Channel)?>(maxFrameSize: Self.maxFrameBytes) { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Receiver(receive))
                        return channel
                    }
                }
                let headers: HTTPHeaders = ["Host": target.hostHeader, "Authorization": "Bearer \(token)"]
                let upgrade = NIOTypedHTTPClientUpgradeConfiguration(
                    upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers),
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in channel.close().map { nil } }
                )
                var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
                pipeline.leftOverBytesStrategy = .forwardBytes
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
            }
        }
        guard let channel = try await upgrade.get() else { throw Refused() }
        return channel
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame

        private let receive: @Sendable (ByteBuffer) -> Void

        init(_ receive: @escaping @Sendable (ByteBuffer) -> Void) {
            self.receive = receive
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.opcode {
            case .text: receive(frame.unmaskedData)
            case .ping:
                let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: [1, 2, 3, 4], data: frame.unmaskedData)
                context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
            default: break
            }
        }
    }
}
