import NIOCore
import NIOEmbedded
import Testing

@testable import ConsoleAPI

@Suite struct UnansweredBytesTests {
    private static let part = ByteBuffer(repeating: 0x78, count: UnansweredBytes.limit)

    @Test func `a client that sends on and on without an answer is cut off, one that is answered is not`() throws {
        let channel = EmbeddedChannel(handler: UnansweredBytes())
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/console")).wait()
        for _ in 0..<3 {
            try channel.writeInbound(Self.part)
            try channel.writeOutbound(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"))
        }
        #expect(channel.isActive)
        try channel.writeInbound(Self.part)
        #expect(channel.isActive)
        try channel.writeInbound(ByteBuffer(string: "x"))
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }
}
