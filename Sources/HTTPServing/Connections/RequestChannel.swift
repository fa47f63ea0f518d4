import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// How Hummingbird's server sets up a connection.
///
/// The server listens, counts connections and drains them; a connection is our own, because almost every request is one
/// small body that waits for a commit, and a task for each would cost more than verifying and storing it.
struct RequestChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let site: PublicSite

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // One small answer at a time: nothing is gained by waiting for more to send.
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
            try pipeline.addHandler(RequestHandler(site: site))
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        // However a connection ends, it has ended.
        try? await value.channel.closeFuture.get()
    }
}
