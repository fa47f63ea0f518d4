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

    /// What a head may have; heads are held before anybody has proved who sends them.
    private static let headLimits: NIOHTTPDecoderLimitConfiguration = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 8_192
        limits.maxHeaderListSize = 16_384
        limits.maxHeaderFieldCount = 100
        return limits
    }()
    /// The decoder takes all it is given, until a request has asked for another protocol; what comes after that is not looked at.
    private static let maxUndecodedBytes = 16_384

    let site: PublicSite

    /// Makes requests of bytes, and answers of requests.
    static func addHandlers(to pipeline: ChannelPipeline.SynchronousOperations, site: PublicSite) throws {
        let decoder = HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes,
            informationalResponseStrategy: .drop,
            limitConfiguration: headLimits
        )
        try pipeline.addHandler(ByteToMessageHandler(decoder, maximumBufferSize: maxUndecodedBytes))
        try pipeline.addHandler(RequestHandler(site: site, at: pipeline.eventLoop.now))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // One small answer at a time: nothing is gained by waiting for more to send.
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            try Self.addHandlers(to: channel.pipeline.syncOperations, site: site)
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            // However a connection ends, it has ended.
            try? await value.channel.closeFuture.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
