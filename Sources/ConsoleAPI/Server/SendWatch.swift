import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// Ends a connection whose client takes nothing of an answer for too long.
///
/// A write waits until the client has taken enough of those before, so a slow client costs one buffer. One that never takes
/// anything would keep it, and its place among the exports and the followers, for ever.
final class SendWatch: Sendable {
    /// Looks in the time that a client has.
    private static let looks = 4

    private struct State {
        var waitingSince: ContinuousClock.Instant?
        var timer: RepeatedTask?
    }

    private let state = Mutex(State())

    /// - Parameter patience: how long one write may wait.
    init(_ channel: any Channel, patience: Duration) {
        let interval = TimeAmount(patience / Self.looks)
        let timer = channel.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] _ in
            guard let since = state.withLock({ $0.waitingSince }), since.duration(to: .now) > patience else { return }
            channel.close(promise: nil)
        }
        state.withLock { $0.timer = timer }
    }

    func begin() {
        state.withLock { $0.waitingSince = .now }
    }

    func end() {
        state.withLock { $0.waitingSince = nil }
    }

    /// The answer is sent, or never will be.
    func stop() {
        state.withLock { $0.timer }?.cancel()
    }
}

/// Writes under a watch.
struct WatchedWriter: ResponseBodyWriter {
    private var base: any ResponseBodyWriter
    private let watch: SendWatch

    init(_ base: any ResponseBodyWriter, _ watch: SendWatch) {
        self.base = base
        self.watch = watch
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        watch.begin()
        defer { watch.end() }
        try await base.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await base.finish(trailingHeaders)
    }
}
