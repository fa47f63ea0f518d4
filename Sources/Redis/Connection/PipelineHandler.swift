import NIOCore

/// The shell of `PipelineStateMachine`: moves bytes, keeps the one timer, resumes callers. Lives on its event loop.
final class PipelineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Completion = CheckedContinuation<Result<[RedisValue], RedisError>, Never>
    typealias Request = PipelineStateMachine<Completion>.Request

    private var machine: PipelineStateMachine<Completion>
    private var reader: ReplyReader
    private let ended: EventLoopPromise<Void>
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var flushIsScheduled = false

    /// - Parameter ended: succeeds, before any caller learns of it, when this connection takes no more commands.
    init(configuration: RedisConfiguration, ended: EventLoopPromise<Void>) {
        self.machine = PipelineStateMachine(
            maxPendingCommands: configuration.maxPendingCommands,
            maxPendingBytes: configuration.maxPendingBytes
        )
        self.reader = ReplyReader(maxReplyBytes: configuration.maxReplyBytes)
        self.ended = ended
    }

    func send(_ bytes: ByteBuffer, _ request: Request) {
        let action = machine.send(request)
        guard case .write = action, let context else { return perform(action) }
        context.write(wrapOutboundOut(bytes), promise: nil)
        scheduleFlush(context)
        updateTimer()
    }

    func cancel(id: UInt64) {
        perform(machine.cancel(id: id))
    }

    func shutDown() {
        perform(machine.shutDown())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        perform(machine.end(RedisError(.connectionLost, "the connection ended")))
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(machine.end(RedisError(.connectionLost, "the server closed the connection")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        perform(machine.end(RedisError(.connectionLost, "the connection failed", underlying: error)))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try reader.feed(unwrapInboundIn(data))
            while let value = try reader.next() {
                perform(machine.receive(value))
            }
        } catch {
            perform(machine.end(error))
        }
        updateTimer()
    }

    private func perform(_ action: PipelineStateMachine<Completion>.Action) {
        switch action {
        case .none, .write: break
        case .resume(let resumption): resumption.completion.resume(returning: resumption.result)
        case .close(let resumptions):
            timer?.cancel()
            timer = nil
            ended.succeed()
            context?.close(promise: nil)
            for resumption in resumptions {
                resumption.completion.resume(returning: resumption.result)
            }
        }
    }

    /// Flushes once for all commands that reached the event loop in the same turn.
    private func scheduleFlush(_ context: ChannelHandlerContext) {
        guard !flushIsScheduled else { return }
        flushIsScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.flushIsScheduled = false
            self.context?.flush()
        }
    }

    /// Keeps one timer, never later than the oldest deadline; when it fires early it is set again.
    private func updateTimer() {
        guard let deadline = machine.oldestDeadline, let context, timer == nil || deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.perform(self.machine.deadlinePassed(now: .now()))
            self.updateTimer()
        }
    }
}
