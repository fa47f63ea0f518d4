import Glibc
import NIOCore
import NIOPosix

/// Ports of the loopback address for servers that come and go.
///
/// They lie below the range from which the kernel takes ports for outgoing connections: while a server is down, none of its
/// clients may be given its port and answer itself.
struct StackPorts {
    private static let range = 20_000..<32_000

    private var next: Int

    /// - Parameter start: where to look first, so that two stacks seldom look at the same ports.
    init(start: Int = Int(getpid()) * 61) {
        next = Self.range.lowerBound + start % Self.range.count
    }

    /// A port on which nobody listens.
    mutating func take() async throws -> Int {
        for _ in Self.range {
            let port = next
            next = port + 1 == Self.range.upperBound ? Self.range.lowerBound : port + 1
            // Not free: the next one may be.
            guard
                let channel = try? await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(host: "127.0.0.1", port: port).get()
            else { continue }
            try await channel.close()
            return port
        }
        throw StackProgram.Fault(description: "all ports from \(Self.range.lowerBound) to \(Self.range.upperBound) are taken")
    }
}
