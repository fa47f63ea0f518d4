import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Ports of the loopback address for servers that come and go.
///
/// They lie below the range from which the kernel takes ports for outgoing connections: while a server is down, none of its
/// clients may be given its port and answer itself.
package enum LocalPort {
    private static let range = 20_000..<32_000
    /// Where to look next: never twice at the same port soon, and seldom where another process looks.
    private static let next = Mutex(Int(getpid()) * 61)

    /// A port on which nobody listens.
    ///
    /// - Parameter preferred: taken when it is one.
    package static func free(preferring preferred: Int? = nil) async throws -> Int {
        if let preferred, try await isFree(preferred) { return preferred }
        for _ in range {
            let port = next.withLock { next in
                next += 1
                return range.lowerBound + next % range.count
            }
            if try await isFree(port) { return port }
        }
        throw LocalServerFault("All ports from \(range.lowerBound) to \(range.upperBound) are taken.")
    }

    /// Whether nobody listens on the port.
    package static func isFree(_ port: Int) async throws -> Bool {
        // As servers do it: connections that have just ended do not keep the port.
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { return false }
        try await channel.close()
        return true
    }
}
