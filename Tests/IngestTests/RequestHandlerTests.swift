import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Orders
import ServiceRuntime
import Testing

@testable import HTTPServing
@testable import Ingest

@Suite struct RequestHandlerTests {
    private static let webhook =
        "POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"id\":1}"
    private static let health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A connection to an ingest whose one writer never comes for work, until `coalescer.writerLost()`.
    private static func connection() throws -> (channel: EmbeddedChannel, coalescer: Coalescer) {
        var settings = SettingsReader(layers: [["SHOPIFY_VERIFY": "off"]])
        let configuration = IngestConfiguration(settings: &settings)
        let channel = EmbeddedChannel()
        let coalescer = Coalescer(
            name: "ingest",
            limits: configuration.coalescerLimits,
            linger: configuration.linger,
            timers: channel.eventLoop
        )
        coalescer.writerConnected()
        let receiver = WebhookReceiver(
            configuration: configuration,
            coalescer: coalescer,
            refusals: RefusalLog(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, timers: channel.eventLoop),
            now: { .epoch }
        )
        let site = configuration.site(routes: receiver.routes, receiver: receiver, now: { .epoch })
        try RequestChannel.addHandlers(to: channel.pipeline.syncOperations, site: site)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/ingest")).wait()
        return (channel, coalescer)
    }

    /// The status of every answer so far.
    private static func statuses(_ channel: EmbeddedChannel) throws -> [String] {
        var statuses: [String] = []
        while let answer = try channel.readOutbound(as: ByteBuffer.self) {
            statuses.append(String(String(buffer: answer).dropFirst(9).prefix(3)))
        }
        return statuses
    }

    @Test func `requests that come before an answer wait for it, however many, and are answered in their order`() throws {
        let (channel, coalescer) = try Self.connection()
        let count = 50_000
        try channel.writeInbound(ByteBuffer(string: Self.webhook + String(repeating: Self.health, count: count)))
        #expect(try Self.statuses(channel).isEmpty)
        coalescer.writerLost()
        channel.embeddedEventLoop.run()
        #expect(try Self.statuses(channel) == Array(repeating: "503", count: count + 1))
        #expect(channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// Never stores anything.
    private struct Failing: Endpoint {
        struct Fault: Error {}

        func bodyLimit(_ head: HTTPRequestHead) -> Int { 10 }
        func answer(_ request: Request, on eventLoop: any EventLoop) -> EventLoopFuture<Answer> {
            eventLoop.makeFailedFuture(Fault())
        }
        func refuse(_ refusal: Refusal) -> Answer { .refusal(refusal) }
    }

    @Test func `an answer that never comes is a 503, and a body beyond the limit of its endpoint a 413`() throws {
        var routes = Routes()
        routes.add(.PUT, "/things/{id}", Failing())
        let site = PublicSite(
            routes: routes,
            maxBodiesBytes: 100,
            requestTimeout: .seconds(10),
            idleTimeout: .seconds(60),
            now: { .epoch },
            refuse: { .refusal($0) }
        )
        let channel = EmbeddedChannel()
        try RequestChannel.addHandlers(to: channel.pipeline.syncOperations, site: site)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/things")).wait()
        let small = "PUT /things/7/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
        let large = "PUT /things/7 HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n12345678901"
        try channel.writeInbound(ByteBuffer(string: small + large))
        #expect(try Self.statuses(channel) == ["503", "413"])
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `a connection that is told to end answers the request under way first`() throws {
        let (channel, coalescer) = try Self.connection()
        try channel.writeInbound(ByteBuffer(string: Self.webhook))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(channel.isActive)
        coalescer.writerLost()
        channel.embeddedEventLoop.run()
        #expect(try Self.statuses(channel) == ["503"])
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `a client that dawdles over a request is cut off, one that waits for us is not`() throws {
        let (channel, coalescer) = try Self.connection()
        try channel.writeInbound(ByteBuffer(string: Self.webhook))
        channel.embeddedEventLoop.advanceTime(by: .seconds(100))
        #expect(channel.isActive)
        coalescer.writerLost()
        channel.embeddedEventLoop.run()
        #expect(try Self.statuses(channel) == ["503"])
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test(arguments: ["", health, health + health])
    func `a client that dawdles over a request is told so and counted, over its first as over a later one`(before: String) throws
    {
        let (channel, _) = try Self.connection()
        try channel.writeInbound(ByteBuffer(string: before))
        if !before.isEmpty { channel.embeddedEventLoop.advanceTime(by: .seconds(35)) }
        let answered = try Self.statuses(channel).count
        #expect(answered == before.split(separator: "GET").count)
        try channel.writeInbound(ByteBuffer(string: String(Self.webhook.dropLast(2))))
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(try Self.statuses(channel) == ["408"])
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `a connection that is told to end waits for the rest of a request no longer than for any other`() throws {
        let (channel, _) = try Self.connection()
        try channel.writeInbound(ByteBuffer(string: Self.health))
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        try channel.writeInbound(ByteBuffer(string: String(Self.webhook.dropLast(2))))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `a client that sends no more is answered all that it has sent`() throws {
        let (channel, coalescer) = try Self.connection()
        try channel.writeInbound(ByteBuffer(string: Self.webhook + Self.webhook))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(channel.isActive)
        coalescer.writerLost()
        channel.embeddedEventLoop.run()
        #expect(try Self.statuses(channel) == ["503", "503"])
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `bytes that are not HTTP behind a request do not cost it its answer`() throws {
        let (channel, coalescer) = try Self.connection()
        _ = try? channel.writeInbound(ByteBuffer(string: Self.webhook + "NONSENSE\r\n\r\n"))
        #expect(channel.isActive)
        coalescer.writerLost()
        channel.embeddedEventLoop.run()
        #expect(try Self.statuses(channel) == ["503"])
        #expect(!channel.isActive)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test(arguments: ["NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n"])
    func `what is not HTTP is told so and closed`(text: String) throws {
        let (channel, _) = try Self.connection()
        // The decoder's complaint also reaches whoever wrote the bytes.
        _ = try? channel.writeInbound(ByteBuffer(string: text))
        #expect(try Self.statuses(channel) == ["400"])
        #expect(!channel.isActive)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}
