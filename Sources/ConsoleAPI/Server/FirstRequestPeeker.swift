import NIOCore

/// Holds what a connection says first until it is known what the connection shall be, then steps aside.
final class FirstRequestPeeker: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    enum Kind: Equatable {
        case plain
        case webSocket
    }

    /// How long a connection may take to say what it wants.
    private static let patience = TimeAmount.seconds(10)
    private static let endOfHead = Array("\r\n\r\n".utf8)

    private let conversation: EventLoopPromise<ConsoleChannel.Conversation>
    private let setUp: (Kind) -> EventLoopFuture<ConsoleChannel.Conversation>
    private var buffer = ByteBuffer()
    private var timer: Scheduled<Void>?
    private var isDecided = false

    init(
        _ conversation: EventLoopPromise<ConsoleChannel.Conversation>,
        setUp: @escaping (Kind) -> EventLoopFuture<ConsoleChannel.Conversation>
    ) {
        self.conversation = conversation
        self.setUp = setUp
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        guard !isDecided, let kind = Self.kind(of: buffer.readableBytesView) else { return }
        isDecided = true
        timer?.cancel()
        conversation.completeWith(setUp(kind))
        let held = buffer
        buffer.clear()
        context.fireChannelRead(wrapInboundOut(held))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        context.close(promise: nil)
    }

    private func end() {
        timer?.cancel()
        guard !isDecided else { return }
        isDecided = true
        conversation.succeed(.ended)
    }

    /// Nil while it cannot be said yet.
    static func kind(of head: ByteBufferView) -> Kind? {
        let path = Array("GET /sync".utf8)
        guard head.prefix(path.count).elementsEqual(path.prefix(head.count)) else { return .plain }
        guard head.count > path.count else { return nil }
        guard let next = head.dropFirst(path.count).first, next == UInt8(ascii: " ") || next == UInt8(ascii: "?") else {
            return .plain
        }
        guard let end = head.firstRange(of: endOfHead) else {
            // The decoder refuses a larger one.
            return head.count > ConsoleConfiguration.maxHeadBytes ? .plain : nil
        }
        let lines = String(decoding: head[..<end.lowerBound], as: UTF8.self).lowercased().split(separator: "\r\n")
        return lines.contains { $0.hasPrefix("upgrade:") && $0.contains("websocket") } ? .webSocket : .plain
    }
}
