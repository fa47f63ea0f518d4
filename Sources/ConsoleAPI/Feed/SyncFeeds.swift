import Logging
import NIOCore
import NIOWebSocket
import Orders
import Postgres
import ServiceLifecycle
import Synchronization

/// Serves WebSockets: each pulls from its own place in the log, as fast as its client takes the frames.
struct SyncFeeds: Sendable {
    /// Silence after which a client is gone; it answers pings, so silence is never idleness.
    static let maxSilence: Duration = .seconds(45)
    /// How long a client that was refused may take to hang up.
    private static let farewellTime: Duration = .seconds(1)
    private static let beatInterval: Duration = .seconds(5)
    private static let batchInterval: Duration = .milliseconds(100)

    let tail: FeedTail
    let authenticator: Authenticator
    /// How often a client is pinged and its session looked at.
    let pingInterval: Duration
    let logger: Logger

    private typealias Writer = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    /// When a client was heard of last.
    private final class Heartbeat: Sendable {
        let lastHeard = Mutex(ContinuousClock.now)
    }

    /// Returns when the connection has ended.
    func serve(_ channel: SyncChannel) async {
        let heartbeat = Heartbeat()
        // A connection that breaks off has ended, however it did.
        try? await channel.frames.executeThenClose { inbound, outbound in
            guard tail.join() else {
                try await close(outbound, .unknown(1013))
                return await waitForFarewell(inbound)
            }
            defer { tail.leave() }
            await withTaskGroup(of: WebSocketErrorCode?.self) { group in
                group.addTask { await listen(inbound, outbound, heartbeat) }
                group.addTask { await watch(channel, outbound, heartbeat) }
                group.addTask { await pump(channel.request, outbound) }
                group.addTask {
                    try? await gracefulShutdown()
                    return Task.isCancelled ? nil : .goingAway
                }
                if let code = await group.next() ?? nil { try? await close(outbound, code) }
                group.cancelAll()
            }
        }
    }

    /// Lets the client hang up first: the connection of one that has only just come could else be gone before it has read why.
    private func waitForFarewell(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // A connection that breaks off has ended, too.
                try? await { for try await frame in inbound where frame.opcode == .connectionClose { return } }()
            }
            group.addTask { try? await Task.sleep(for: Self.farewellTime) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Hears the client; nothing it says means anything but that it is there.
    private func listen(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: Writer,
        _ heartbeat: Heartbeat
    ) async -> WebSocketErrorCode? {
        do {
            for try await frame in inbound {
                heartbeat.lastHeard.withLock { $0 = .now }
                switch frame.opcode {
                case .ping:
                    try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                case .connectionClose:
                    return .normalClosure
                default:
                    break
                }
            }
        } catch {
            return nil
        }
        return nil
    }

    /// Pings the client, lets go of one that is silent, and of one whose session has ended.
    private func watch(_ channel: SyncChannel, _ outbound: Writer, _ heartbeat: Heartbeat) async -> WebSocketErrorCode? {
        while (try? await Task.sleep(for: pingInterval)) != nil {
            if heartbeat.lastHeard.withLock({ $0 }).duration(to: .now) > Self.maxSilence {
                // It takes no frame either, so no word of farewell is tried.
                channel.frames.channel.close(promise: nil)
                return nil
            }
            do {
                guard try await authenticator.caller(of: channel.head) != nil else { return .policyViolation }
            } catch is PostgresError {
                // While PostgreSQL is away nobody is sent off for it.
            } catch {
                return failed(error)
            }
            channel.frames.channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()), promise: nil)
        }
        return nil
    }

    /// Sends what the cursor finds. Each write waits until the client has taken enough of those before.
    private func pump(_ request: FeedRequest, _ outbound: Writer) async -> WebSocketErrorCode? {
        do {
            var cursor = FeedCursorStateMachine(
                since: request.since,
                head: try await tail.bounds().head,
                coalescesAlways: request.isBatched
            )
            var lastSent = ContinuousClock.now
            while !Task.isCancelled {
                let (oldest, head) = try await tail.bounds()
                switch cursor.next(oldest: oldest, head: head) {
                case .hello(let seq): try await send(FeedFrames.note("HELLO", seq: seq), outbound)
                case .resync(let seq): try await send(FeedFrames.note("RESYNC", seq: seq), outbound)
                case .wait(let seq):
                    guard request.isBatched else {
                        await tail.waitForNews(after: seq)
                        if tail.isStopping { return .goingAway }
                        continue
                    }
                    try await waitForNextBatch()
                    guard lastSent.duration(to: .now) >= Self.beatInterval else { continue }
                    try await send(FeedFrames.note("BEAT", seq: seq), outbound)
                case .read(let seq, let limit, _) where request.isBatched:
                    let batch = try await tail.batch(after: seq, limit: limit, head: head)
                    cursor.advance(to: batch.seq)
                    if !batch.isEmpty {
                        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: batch.frame))
                        lastSent = .now
                        try await waitForNextBatch()
                    }
                    continue
                case .read(let seq, let limit, let coalescing):
                    let (entries, last) = try await tail.entries(after: seq, through: head, limit: limit)
                    for entry in coalescing ? entries.coalesced : entries { try await send(FeedFrames.synced(entry), outbound) }
                    cursor.advance(to: last)
                }
                lastSent = .now
            }
            return nil
        } catch {
            return failed(error)
        }
    }

    /// How the client of a feed that cannot go on is told; nil when it is gone, which is no fault.
    private func failed(_ error: any Error) -> WebSocketErrorCode? {
        if Task.isCancelled { return nil }
        switch error {
        case is CancellationError, is ChannelError, is IOError, is NIOAsyncWriterError: return nil
        default:
            logger.warning("A live feed cannot go on.", metadata: ["error": "\(error)"])
            return .unexpectedServerError
        }
    }

    /// Until the next tenth of a second: connections that tick together share their frames.
    private func waitForNextBatch() async throws {
        let clock = ContinuousClock()
        let since = Self.epoch.duration(to: clock.now)
        let ticks = Int64(since / Self.batchInterval) + 1
        try await clock.sleep(until: Self.epoch + Self.batchInterval * Int(ticks))
    }

    private static let epoch = ContinuousClock.now

    private func send(_ bytes: [UInt8], _ outbound: Writer) async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes)))
    }

    private func close(_ outbound: Writer, _ code: WebSocketErrorCode) async throws {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }
}
