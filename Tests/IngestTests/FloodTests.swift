import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Orders
import ServiceRuntime
import TestLog
import Testing

@testable import HTTPServing
@testable import Ingest

/// Clients that take more than their share.
@Suite struct FloodTests {
    private static let budget = 100_000
    private static let announced = 5_000_000

    /// Answers when the promise is kept.
    private struct Held: Endpoint {
        let promise: EventLoopPromise<Answer>

        func bodyLimit(_ head: HTTPRequestHead) throws(Refusal) -> Int { try head.jsonBodyLimit(announced) }
        func answer(_ request: Request, on eventLoop: any EventLoop) -> EventLoopFuture<Answer> { promise.futureResult }
        func refuse(_ refusal: Refusal) -> Answer { .refusal(refusal) }
    }

    /// A server whose `/now` answers at once and whose `/later` does when it is told.
    private struct Server {
        let loop = EmbeddedEventLoop()
        let site: PublicSite
        private let later: EventLoopPromise<Answer>

        init() {
            let now = loop.makePromise(of: Answer.self)
            now.succeed(Answer(.ok, []))
            later = loop.makePromise()
            var routes = Routes()
            routes.add(.POST, "/now", Held(promise: now))
            routes.add(.POST, "/later", Held(promise: later))
            site = PublicSite(
                routes: routes,
                maxBodiesBytes: budget,
                requestTimeout: .seconds(10),
                idleTimeout: .seconds(60),
                now: { .epoch },
                refuse: { .refusal($0) }
            )
        }

        func connect() throws -> EmbeddedChannel {
            let channel = EmbeddedChannel(loop: loop)
            try RequestChannel.addHandlers(to: channel.pipeline.syncOperations, site: site)
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/flood")).wait()
            return channel
        }

        func answerLater() {
            later.succeed(Answer(.ok, []))
            loop.run()
        }

        /// Whether that many bytes are free.
        func hasRoom(_ bytes: Int) -> Bool {
            guard site.budget.reserve(bytes) else { return false }
            site.budget.release(bytes)
            return true
        }
    }

    /// Counts how often the connection is read.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    private static func head(_ path: String, length: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n"
    }

    private static func request(_ path: String, bytes: Int) -> ByteBuffer {
        ByteBuffer(string: head(path, length: bytes) + String(repeating: "x", count: bytes))
    }

    private static func bytes(_ count: Int) -> ByteBuffer {
        ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
    }

    private static func statuses(_ channel: EmbeddedChannel) throws -> [String] {
        var statuses: [String] = []
        while let answer = try channel.readOutbound(as: ByteBuffer.self) {
            statuses.append(String(String(buffer: answer).dropFirst(9).prefix(3)))
        }
        return statuses
    }

    @Test func `bodies that are announced and do not come shut out nobody`() throws {
        let server = Server()
        defer { server.answerLater() }
        let silent = try (0..<100).map { _ in try server.connect() }
        for channel in silent { try channel.writeInbound(ByteBuffer(string: Self.head("/now", length: Self.announced))) }
        #expect(server.hasRoom(Self.budget))
        let client = try server.connect()
        try client.writeInbound(Self.request("/now", bytes: 50_000))
        #expect(try Self.statuses(client) == ["200"])
        for channel in silent + [client] { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    @Test func `bodies that come fill the budget, and a small one is taken all the same`() throws {
        let server = Server()
        defer { server.answerLater() }
        let greedy = try server.connect()
        try greedy.writeInbound(ByteBuffer(string: Self.head("/now", length: Self.announced)))
        try greedy.writeInbound(Self.bytes(HeldBytes.free + Self.budget))
        #expect(!server.hasRoom(1))

        let (small, large) = (try server.connect(), try server.connect())
        try small.writeInbound(Self.request("/now", bytes: 4_000))
        #expect(try Self.statuses(small) == ["200"])
        try large.writeInbound(Self.request("/now", bytes: HeldBytes.free + 1))
        #expect(try Self.statuses(large) == ["503"])

        try greedy.writeInbound(Self.bytes(1))
        #expect(try Self.statuses(greedy) == ["503"])
        #expect(server.hasRoom(Self.budget))
        for channel in [greedy, small, large] { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    @Test func `a body that comes before its turn counts, and one too many ends the connection`() throws {
        let server = Server()
        defer { server.answerLater() }
        let patient = try server.connect()
        try patient.writeInbound(Self.request("/later", bytes: 2))
        try patient.writeInbound(Self.request("/now", bytes: 60_000))
        #expect(!server.hasRoom(60_000))

        let greedy = try server.connect()
        try greedy.writeInbound(Self.request("/later", bytes: 2))
        try greedy.writeInbound(Self.request("/now", bytes: 90_000))
        #expect(server.hasRoom(40_000))
        server.answerLater()
        #expect(try Self.statuses(patient) == ["200", "200"])
        #expect(try Self.statuses(greedy) == ["200"])
        #expect(patient.isActive)
        #expect(!greedy.isActive)
        #expect(server.hasRoom(Self.budget))
        for channel in [patient, greedy] { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    @Test func `a client that takes no answers is not read until it does`() throws {
        let server = Server()
        defer { server.answerLater() }
        let channel = try server.connect()
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        channel.isWritable = false
        for _ in 0..<50 { try channel.writeInbound(Self.request("/now", bytes: 2)) }
        channel.read()
        #expect(try Self.statuses(channel).isEmpty)
        #expect(reads.count == 0)

        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(try Self.statuses(channel) == Array(repeating: "200", count: 50))
        #expect(reads.count == 1)
        #expect(channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `a client that takes no answers is cut off in the end, and at once when it goes on sending`() throws {
        let server = Server()
        defer { server.answerLater() }
        let (slow, greedy) = (try server.connect(), try server.connect())
        for channel in [slow, greedy] {
            try channel.writeInbound(Self.request("/now", bytes: 2))
            channel.isWritable = false
            try channel.writeInbound(Self.request("/now", bytes: 2))
        }
        for _ in 0..<1_000 where greedy.isActive { try greedy.writeInbound(Self.request("/now", bytes: 2)) }
        #expect(!greedy.isActive)
        #expect(slow.isActive)
        server.loop.advanceTime(by: .seconds(61))
        #expect(!slow.isActive)
        #expect(server.hasRoom(Self.budget))
        for channel in [slow, greedy] { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    /// The decoder reads no further request then, and would keep whatever comes.
    @Test func `a client that asks for another protocol is answered once, and nothing it sends after that is kept`() throws {
        let server = Server()
        defer { server.answerLater() }
        let upgrade = "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"
        let client = try server.connect()
        try client.writeInbound(ByteBuffer(string: "POST /now HTTP/1.1\r\nHost: x\r\n" + upgrade))
        let answer = try #require(try client.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: answer).contains("Connection: close\r\n"))
        #expect(!client.isActive)

        let patient = try server.connect()
        try patient.writeInbound(ByteBuffer(string: "POST /later HTTP/1.1\r\nHost: x\r\n" + upgrade))
        for _ in 0..<100 where patient.isActive { _ = try? patient.writeInbound(Self.bytes(4_096)) }
        #expect(!patient.isActive)
        for channel in [client, patient] { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    @Test(arguments: ["X-Long: \(String(repeating: "x", count: 17_000))\r\n", String(repeating: "X: y\r\n", count: 101)])
    func `a head that is too large is refused`(lines: String) throws {
        let server = Server()
        defer { server.answerLater() }
        let client = try server.connect()
        // The decoder's complaint also reaches whoever wrote the bytes.
        _ = try? client.writeInbound(ByteBuffer(string: "POST /now HTTP/1.1\r\nHost: x\r\n\(lines)\r\n"))
        #expect(try Self.statuses(client) == ["431"])
        #expect(!client.isActive)
        _ = try? client.finish(acceptAlreadyClosed: true)
    }

    @Test func `a flood of refusals logs twenty lines a second and how many more there were`() {
        let lines = LogLines()
        let loop = EmbeddedEventLoop()
        let log = RefusalLog(logger: lines.logger, timers: loop)
        for _ in 0..<1_000 { log.write(.notFound, source: "none") }
        #expect(lines.take().count == RefusalLog.linesPerSecond)
        loop.advanceTime(by: .seconds(1))
        let told = lines.take()
        #expect(told.count == 1)
        #expect(told.first?.contains("refused.unlogged=980") == true)

        for _ in 0..<20 { log.write(.notFound, source: "none") }
        #expect(lines.take().count == 20)
        loop.advanceTime(by: .seconds(10))
        #expect(lines.take().isEmpty)
    }

    @Test func `sources that are believed without a signature are named at start`() {
        let lines = LogLines(level: .warning)
        func announced(_ settings: [String: String]) -> [String] {
            var reader = SettingsReader(layers: [settings])
            IngestConfiguration(settings: &reader).announceUnsignedSources(lines.logger)
            return lines.take().compactMap { $0.dropLast().split(separator: "event.source=").last.map(String.init) }
        }
        #expect(announced(["SHOPIFY_WEBHOOK_SECRETS": "s"]) == [])
        #expect(announced(["SHOPIFY_VERIFY": "off", "COURIER_DHL_AUTH": "none"]) == ["shopify", "dhl"])
    }
}
