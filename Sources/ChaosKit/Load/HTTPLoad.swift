import NIOCore
import NIOPosix
import Synchronization

/// Sends prepared requests over keep-alive connections and measures the answers.
///
/// All connections live on one event loop: the generator shares its cores with what it measures, and one thread needs no
/// locks. Each connection carries one request at a time.
package struct HTTPLoad: Sendable {
    package var host: String
    package var port: Int
    /// Connections open at once.
    package var connections: Int
    /// Requests per second, sent whether or not the answers keep up; nil sends as fast as they do.
    package var rate: Double?
    /// Which requests are sent again; nil sends each request once.
    package var retry: RetryPolicy?
    /// How long an answer may take before its connection is given up: Shopify waits five seconds.
    package var responseTimeout: Duration = .seconds(5)
    /// How long the server may be unreachable before the load is given up.
    package var unreachableTimeout: Duration = .seconds(3)
    /// Told of every attempt that did not end with a success, on the event loop.
    package var witness: (@Sendable (LoadIncident) -> Void)?
    /// Whether ``LoadResult/bodies`` is filled.
    package var keepsBodies = false

    package init(host: String, port: Int, connections: Int) {
        precondition(connections > 0, "a load needs a connection")
        self.host = host
        self.port = port
        self.connections = connections
    }

    /// Sends all requests and waits for their answers.
    ///
    /// When the task is cancelled nothing more is sent, what is outstanding is awaited, and what is known so far is
    /// returned.
    ///
    /// - Parameter progress: told the number of ended requests so far, ten times a second, on the event loop.
    package func run(
        _ requests: [PreparedRequest],
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let wish = StopWish()
        let result = try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit {
                LoadRun(load: self, requests: requests, wish: wish, eventLoop: eventLoop).start(progress: progress)
            }.get()
        } onCancel: {
            wish.isExpressed.store(true, ordering: .relaxed)
        }
        try await group.shutdownGracefully()
        return result
    }
}

/// The wish that a load ends before its list does, expressed on any thread.
final class StopWish: Sendable {
    let isExpressed = Atomic(false)
}
