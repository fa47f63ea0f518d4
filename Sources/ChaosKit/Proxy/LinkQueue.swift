import NIOCore

/// Bytes on their way over one direction of one connection: decides when which of them arrive, without sockets or clocks.
struct LinkQueue {
    enum Next: Equatable {
        /// These bytes arrive now.
        case deliver(ByteBuffer)
        /// Nothing arrives before this time.
        case wait(until: NIODeadline)
        /// Nothing arrives before bytes come or the weather changes.
        case rest
        /// The sender has ended its direction and everything it sent has arrived.
        case end
        /// The end was told already.
        case ended
    }

    private struct Chunk {
        var bytes: ByteBuffer
        var due: NIODeadline
    }

    /// Most bytes under way; beyond it the sender is not read from.
    static let capacity = 256 * 1_024
    /// A throttled link delivers what passes in this time at once.
    private static let throttledStep = 0.02

    private var chunks: CircularBuffer<Chunk> = []
    private var lastDue = NIODeadline.uptimeNanoseconds(0)
    /// Until when what was delivered occupies a throttled link.
    private var occupiedUntil = NIODeadline.uptimeNanoseconds(0)
    private var underWay = 0
    private var end: NIODeadline?
    private var isEnded = false

    /// Whether the sender may be read from.
    var hasRoom: Bool { underWay < Self.capacity && end == nil }

    /// Takes what the sender sent.
    mutating func append(_ bytes: ByteBuffer, now: NIODeadline, _ weather: LinkWeather) {
        lastDue = max(lastDue, now + TimeAmount(weather.latency))
        chunks.append(Chunk(bytes: bytes, due: lastDue))
        underWay += bytes.readableBytes
    }

    /// The sender sends nothing more.
    mutating func close(now: NIODeadline, _ weather: LinkWeather) {
        end = end ?? max(lastDue, now + TimeAmount(weather.latency))
    }

    /// What happens next; asked again after every answer but a rest.
    mutating func next(now: NIODeadline, _ weather: LinkWeather) -> Next {
        if isEnded { return .ended }
        if weather.isBlackHole { return .rest }
        guard let first = chunks.first else {
            guard let end else { return .rest }
            if end > now { return .wait(until: end) }
            isEnded = true
            return .end
        }
        if first.due > now { return .wait(until: first.due) }
        guard let rate = weather.bytesPerSecond else { return .deliver(take(first.bytes.readableBytes)) }
        if occupiedUntil > now { return .wait(until: occupiedUntil) }
        let bytes = take(max(1, Int(Double(rate) * Self.throttledStep)))
        occupiedUntil = now + .nanoseconds(Int64(Double(bytes.readableBytes) / Double(rate) * 1e9))
        return .deliver(bytes)
    }

    /// At most that many bytes of the first chunk.
    private mutating func take(_ most: Int) -> ByteBuffer {
        var first = chunks.removeFirst()
        let count = min(most, first.bytes.readableBytes)
        let taken = first.bytes.readSlice(length: count) ?? ByteBuffer()
        if first.bytes.readableBytes > 0 { chunks.prepend(first) }
        underWay -= count
        return taken
    }
}
