import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// How a connection of the console is set up: its first request says whether it is a WebSocket or plain HTTP.
///
/// NIO cannot upgrade a connection that has served a plain request, and Hummingbird's own pipeline cannot be upgraded at all. So
/// the head of the first request is looked at before either pipeline is built.
struct ConsoleChannel: ServerChildChannel {
    /// What a connection has become.
    enum Conversation: Sendable {
        case http(HTTP1Channel.Value)
        case webSocket(SyncChannel)
        /// Ended before it said anything, or refused and answered.
        case ended
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let conversation: EventLoopFuture<Conversation>
    }

    private let http: HTTP1Channel
    private let sync: SyncUpgrade
    private let feeds: SyncFeeds

    init(responder: Responder, sync: SyncUpgrade, feeds: SyncFeeds) {
        http = HTTP1Channel(
            responder: responder.respond,
            configuration: .init(
                idleTimeout: .seconds(ConsoleConfiguration.idleSeconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: ConsoleConfiguration.maxHeadLineBytes,
                    maxHeaderListSize: ConsoleConfiguration.maxHeadBytes,
                    maxHeaderFieldCount: 100
                )
            )
        )
        self.sync = sync
        self.feeds = feeds
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let conversation = channel.eventLoop.makePromise(of: Conversation.self)
            let peeker = FirstRequestPeeker(conversation) { kind in
                switch kind {
                case .plain: plain(channel, logger)
                case .webSocket: sync.setup(channel: channel)
                }
            }
            try channel.pipeline.syncOperations.addHandler(peeker)
            return Value(channel: channel, conversation: conversation.futureResult)
        }
    }

    private func plain(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Conversation> {
        do {
            try channel.pipeline.syncOperations.addHandler(UnansweredBytes())
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http.setup(channel: channel, logger: logger).map(Conversation.http)
    }

    func handle(value: Value, logger: Logger) async {
        // However a connection ends, it has ended.
        guard let conversation = try? await value.conversation.get() else { return }
        switch conversation {
        case .http(let channel): await http.handle(value: channel, logger: logger)
        case .webSocket(let channel): await feeds.serve(channel)
        case .ended: try? await value.channel.closeFuture.get()
        }
    }
}
