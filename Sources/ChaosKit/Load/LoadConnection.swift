import NIOCore

/// One connection of a load: writes a request, reads its answer, reports to the run.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The request that is on the connection.
    struct Flight {
        var index: Int
        /// From when its latency counts.
        var since: UInt64
        var sentAt: UInt64
    }

    private let run: LoadRun
    private var context: ChannelHandlerContext?
    private var reader = ResponseReader()
    private(set) var flight: Flight?
    /// Whether it was closed because the answer took too long.
    private(set) var wasTooSlow = false

    init(run: LoadRun) {
        self.run = run
    }

    /// Only on a connection without a flight.
    func send(_ request: PreparedRequest, _ flight: Flight) {
        self.flight = flight
        context?.writeAndFlush(NIOAny(request.bytes), promise: nil)
    }

    func close() {
        context?.close(promise: nil)
    }

    /// Ends the connection because the answer to what it carries takes too long.
    func giveUp() {
        wasTooSlow = true
        close()
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        run.opened(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let flight = self.flight
        self.flight = nil
        run.closed(self, carrying: flight)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.append(unwrapInboundIn(data))
        do {
            while let response = try reader.next() {
                guard let flight else { return context.close(promise: nil) }
                self.flight = nil
                run.answered(self, flight, response)
                if response.closes { return context.close(promise: nil) }
            }
        } catch {
            // The answer cannot be understood: its request counts as broken, like the connection.
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The request on the connection, if any, is reported as broken.
        context.close(promise: nil)
    }
}
