import NIOCore
import NIOPosix

/// What one of our processes says about itself.
enum HTTPProbe {
    /// The status code of `GET path`, or `nil` when nobody answers in time.
    static func status(of path: String, port: Int) async -> Int? {
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n"
        let head = try? await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await firstBytes(answering: request, port: port) }
            group.addTask {
                try await Task.sleep(for: .seconds(3))
                throw CancellationError()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
        return head?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    private static func firstBytes(answering request: String, port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(1))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            for try await bytes in inbound { return String(buffer: bytes) }
            return ""
        }
    }
}
