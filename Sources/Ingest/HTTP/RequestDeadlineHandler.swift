import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client takes too long to send a request, byte by byte or not at all.
///
/// One timer a connection, moved only when it fires: a request costs a glance at the clock. The idle timeout between
/// requests is the server's own.
final class RequestDeadlineHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?
    /// When the request that is being received must be complete; nil between requests.
    private var deadline: NIODeadline?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    /// A client that connects and never finishes a head is closed as well.
    func channelActive(context: ChannelHandlerContext) {
        deadline = .now() + timeout
        arm(context, at: .now() + timeout)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: deadline = .now() + timeout
        case .body: break
        case .end: deadline = nil
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
    }

    private func arm(_ context: ChannelHandlerContext, at time: NIODeadline) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: time) {
            let (handler, context) = bound.value
            handler.fired(context)
        }
    }

    private func fired(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if let deadline, deadline <= now {
            context.close(promise: nil)
        } else {
            arm(context, at: deadline ?? now + timeout)
        }
    }
}
