import NIOCore

/// Ends a connection that sends more than any request has, and is told nothing meanwhile.
///
/// The HTTP decoder stops behind a request that asks for another protocol, and would keep whatever comes after it.
final class UnansweredBytes: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// The largest body and its head, and as much of the next request.
    static let limit = 2 * (ConsoleConfiguration.maxBodyBytes + ConsoleConfiguration.maxHeadBytes)

    private var count = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += unwrapInboundIn(data).readableBytes
        guard count <= Self.limit else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        count = 0
        context.write(data, promise: promise)
    }
}
