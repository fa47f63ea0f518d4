import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Orders

/// A WebSocket client of the live feed.
struct SyncClient: Sendable {
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// Frames of many orders are 64 KB and a little.
    private static let maxFrameBytes = 1 << 20

    enum Outcome: Sendable {
        case open(Frames)
        case refused
    }

    /// One frame of text.
    struct Message: Sendable {
        var event: String
        var seq: Int64
        var payload: JSONValue?
    }

    /// Asks for an upgrade of a connection of its own.
    static func connect(
        _ client: ConsoleClient,
        _ path: String = "/sync",
        headers more: [(String, String)] = []
    ) async throws -> Outcome {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let upgrade: EventLoopFuture<Outcome> = try await bootstrap.connect(host: "127.0.0.1", port: client.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketClientUpgrader<Outcome>(maxFrameSize: maxFrameBytes) { channel, _ in
                    channel.eventLoop.makeCompletedFuture { .open(try Frames(wrappingChannelSynchronously: channel)) }
                }
                var headers: HTTPHeaders = ["Host": "127.0.0.1:\(client.port)"]
                if let cookie = client.cookie { headers.add(name: "Cookie", value: cookie) }
                if let token = client.token { headers.add(name: "Authorization", value: "Bearer \(token)") }
                if let origin = client.origin { headers.add(name: "Origin", value: origin) }
                for (name, value) in more { headers.replaceOrAdd(name: name, value: value) }
                let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
                let configuration = NIOTypedHTTPClientUpgradeConfiguration(
                    upgradeRequestHead: head,
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in channel.eventLoop.makeSucceededFuture(.refused) }
                )
                var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
                // Frames that came with the answer to the upgrade are frames too.
                pipeline.leftOverBytesStrategy = .forwardBytes
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
            }
        }
        return try await upgrade.get()
    }

    /// Reads messages for as long as the body wants them.
    static func following<R>(
        _ client: ConsoleClient,
        _ path: String = "/sync",
        _ body: (inout Messages) async throws -> R
    ) async throws -> R {
        guard case .open(let frames) = try await connect(client, path) else { throw Refused() }
        return try await frames.executeThenClose { inbound, outbound in
            var messages = Messages(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&messages)
        }
    }

    struct Refused: Error {}

    struct Messages {
        fileprivate var inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
        /// The code the server closed with.
        private(set) var closeCode: UInt16?

        fileprivate init(
            inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator,
            outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
        ) {
            self.inbound = inbound
            self.outbound = outbound
        }

        /// The next message; nil when the server has closed.
        mutating func next() async throws -> Message? {
            while let frame = try await inbound.next() {
                switch frame.opcode {
                case .text:
                    let root = try JSONDocument(parsing: Array(frame.unmaskedData.readableBytesView)).root
                    return Message(event: root.text("event") ?? "", seq: root.integer("seq") ?? -1, payload: root["payload"])
                case .connectionClose:
                    var data = frame.unmaskedData
                    closeCode = data.readInteger()
                    return nil
                case .ping:
                    // Whoever answers none is taken for gone.
                    let data = frame.unmaskedData
                    try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: data))
                default: continue
                }
            }
            return nil
        }
    }
}
