import Glibc
import NIOCore

/// One end of a proxied connection: what it reads goes through a ``LinkQueue`` to the other end.
///
/// Both ends live on one event loop, as does the proxy that decides about the weather.
final class ProxyEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let weather: () -> LinkWeather
    private let onClose: () -> Void
    private var queue = LinkQueue()
    private var context: ChannelHandlerContext?
    private var other: ProxyEnd?
    private var alarm: Scheduled<Void>?

    init(weather: @escaping () -> LinkWeather, onClose: @escaping () -> Void) {
        self.weather = weather
        self.onClose = onClose
    }

    /// Joins two ends that are both connected; from now on bytes are read.
    static func join(_ one: ProxyEnd, _ another: ProxyEnd) {
        one.other = another
        another.other = one
        one.context?.read()
        another.context?.read()
    }

    /// Closes this end and the other without a goodbye: the peers' sockets are reset.
    func reset() {
        let other = self.other
        self.other = nil
        alarm?.cancel()
        if let context {
            self.context = nil
            // A linger of zero seconds turns the close into a reset; a socket that is gone already needs neither.
            if let provider = context.channel as? any SocketOptionProvider {
                provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
            }
            context.close(promise: nil)
        }
        other?.reset()
    }

    /// Delivers what is due; called again whenever that may have changed.
    func pump() {
        alarm?.cancel()
        alarm = nil
        while let other, let target = other.context, let own = context {
            // What the other end cannot take yet waits here, and in the end in the sender's kernel.
            guard target.channel.isWritable else { return }
            switch queue.next(now: .now(), weather()) {
            case .deliver(let bytes):
                target.writeAndFlush(NIOAny(bytes), promise: nil)
                if queue.hasRoom { own.read() }
            case .wait(let until):
                alarm = own.eventLoop.assumeIsolated().scheduleTask(deadline: until) { self.pump() }
                return
            case .rest, .ended:
                return
            case .end:
                target.close(mode: .output, promise: nil)
                if other.isEnded { reset() }
                return
            }
        }
    }

    private var isEnded: Bool {
        var copy = queue
        return copy.next(now: .now(), .fair) == .ended
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        queue.append(unwrapInboundIn(data), now: .now(), weather())
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if queue.hasRoom { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { other?.pump() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        queue.close(now: .now(), weather())
        pump()
    }

    func channelInactive(context: ChannelHandlerContext) {
        reset()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        onClose()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection is what a proxy of faults is for: the other end breaks as well.
        reset()
    }
}
