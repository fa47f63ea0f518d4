import Glibc
import NIOCore
import NIOPosix
import Subprocess
import SystemPackage
import TestSystem

/// A connection that sends what and when it likes.
struct RawClient: Sendable {
    private let channel: any Channel

    static func connect(to port: Int) async throws -> RawClient {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        return RawClient(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get())
    }

    static func connect(_ count: Int, to port: Int) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count { clients.append(try await connect(to: port)) }
        return clients
    }

    func send(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Sends one byte at each interval for as long as the peer takes them.
    func trickle(_ text: String, every interval: TimeAmount) {
        guard let byte = text.utf8.first else { return }
        _ = channel.eventLoop.scheduleTask(in: interval) {
            guard channel.isActive else { return }
            send(String(decoding: [byte], as: UTF8.self))
            trickle(String(text.dropFirst()), every: interval)
        }
    }

    /// Returns once the peer has closed the connection.
    func closed() async throws {
        try await channel.closeFuture.get()
    }

    func close() {
        channel.close(promise: nil)
    }
}

/// How many files this process may have open.
enum OpenFiles {
    /// Raises the limit of this process, and so of those it starts.
    static func allow(_ count: Int) async throws {
        let outcome = try await Subprocess.run(
            .name("prlimit"),
            arguments: ["--pid=\(getpid())", "--nofile=\(count):"],
            output: .discarded,
            error: .discarded
        )
        guard outcome.terminationStatus.isSuccess else {
            throw NeverHappened(description: "the system does not allow \(count) open files")
        }
    }
}
