import NIOCore
import NIOHTTP1
import NIOPosix

/// A client that asks and then takes nothing until it is told to, as one does whose network or process stands still.
struct StalledClient: Sendable {
    /// Small, so that little of an answer fits between the two.
    private static let receiveBuffer = ChannelOptions.Types.SocketOption.Value(4_096)

    private let connection: RawConnection

    /// Sends a GET on a connection of its own.
    static func get(_ client: ConsoleClient, _ path: String, headers: [(String, String)] = []) async throws -> StalledClient {
        let connection = try await RawConnection.open(to: client.port) { bootstrap in
            bootstrap.channelOption(.autoRead, value: false).channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        var request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(client.port)\r\nCookie: \(client.cookie ?? "")\r\n"
        for (name, value) in headers + [("Origin", client.origin ?? "")] { request += "\(name): \(value)\r\n" }
        try await connection.channel.writeAndFlush(ByteBuffer(string: request + "\r\n"))
        return StalledClient(connection: connection)
    }

    /// Takes everything from now on; true when the text has come, false when the server ended first.
    func resume(until text: String) async throws -> Bool {
        try await connection.channel.setOption(.autoRead, value: true).get()
        connection.channel.read()
        var tail: [UInt8] = []
        for await buffer in connection.received {
            tail += buffer.readableBytesView
            if String(decoding: tail, as: UTF8.self).contains(text) { return true }
            tail.removeFirst(max(0, tail.count - text.utf8.count))
        }
        return false
    }

    /// Hangs up, if the server has not.
    func close() async {
        try? await connection.channel.close()
    }
}
