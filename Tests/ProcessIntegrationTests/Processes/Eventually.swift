import NIOCore
import NIOPosix

/// Something did not become true in time.
struct NeverHappened: Error, CustomStringConvertible {
    var description: String
}

/// Asks until the answer is yes. Another process gives no signal of its own: all one can do is ask it.
///
/// - Throws: what `condition` throws, or `NeverHappened` when the time is up.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try await !condition() {
        try Task.checkCancellation()
        guard start.duration(to: .now) < limit else { throw NeverHappened(description: "\(what): not within \(limit)") }
        // Leaves the processors to those who are asked.
        try await MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
    }
}

/// A port of the loopback address that nobody has.
func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    try await channel.close()
    return port
}
