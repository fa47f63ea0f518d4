import NIOCore
import NIOPosix

/// A TCP proxy on the loopback address whose links can be slowed, throttled, cut, refused and swallowed while it runs.
package final class FaultProxy: Sendable {
    private let loop: any EventLoop
    private let core: NIOLoopBound<FaultProxyCore>
    /// Where it listens.
    package let port: Int

    private init(loop: any EventLoop, core: NIOLoopBound<FaultProxyCore>, port: Int) {
        self.loop = loop
        self.core = core
        self.port = port
    }

    /// Starts a proxy in front of the target, runs the body, closes the proxy and every connection through it.
    ///
    /// - Parameter port: where to listen; zero is any free port.
    package static func with<Value: Sendable>(
        port: Int = 0,
        to target: TargetAddress,
        _ body: @Sendable (FaultProxy) async throws -> Value
    ) async throws -> Value {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let core = try await loop.submit { NIOLoopBound(FaultProxyCore(target: target, loop: loop), eventLoop: loop) }.get()
        let bound = try await loop.flatSubmit { core.value.listen(port: port) }.get()
        let proxy = FaultProxy(loop: loop, core: core, port: bound)
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body(proxy))
        } catch {
            outcome = .failure(error)
        }
        try await loop.flatSubmit { core.value.close() }.get()
        return try outcome.get()
    }

    /// Changes the weather of all connections, open and new.
    package func set(_ weather: LinkWeather) async throws {
        try await loop.submit { [core] in core.value.weather = weather }.get()
    }

    /// Resets every open connection; returns how many there were.
    @discardableResult
    package func cut() async throws -> Int {
        try await loop.submit { [core] in core.value.cut() }.get()
    }

    /// Connections that are open through the proxy.
    package func connections() async throws -> Int {
        try await loop.submit { [core] in core.value.connections }.get()
    }
}

/// The proxy's state; everything happens on its event loop.
final class FaultProxyCore {
    private static let connectTimeout = TimeAmount.seconds(2)

    private let target: TargetAddress
    private let loop: any EventLoop
    private var server: (any Channel)?
    private var ends: [ObjectIdentifier: ProxyEnd] = [:]

    var weather = LinkWeather.fair {
        didSet { for end in ends.values { end.pump() } }
    }

    /// Two ends each, apart from those that are being connected.
    var connections: Int { (ends.count + 1) / 2 }

    init(target: TargetAddress, loop: any EventLoop) {
        self.target = target
        self.loop = loop
    }

    func listen(port: Int) -> EventLoopFuture<Int> {
        let core = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in core.value.accept(channel) }
            .bind(host: "127.0.0.1", port: port)
            .assumeIsolated()
            .map { server in
                self.server = server
                return server.localAddress?.port ?? 0
            }
            .nonisolated()
    }

    func cut() -> Int {
        let count = connections
        for end in ends.values { end.reset() }
        return count
    }

    func close() -> EventLoopFuture<Void> {
        _ = cut()
        return server?.close() ?? loop.makeSucceededVoidFuture()
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let end = makeEnd()
        do {
            try channel.pipeline.syncOperations.addHandler(end)
        } catch {
            return loop.makeFailedFuture(error)
        }
        guard !weather.refuses else {
            end.reset()
            return loop.makeSucceededVoidFuture()
        }
        connect(end)
        return loop.makeSucceededVoidFuture()
    }

    /// Finds the other end; what cannot be reached resets its client.
    private func connect(_ client: ProxyEnd) {
        let core = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(core.value.makeEnd()) }
            }
            .connect(host: target.host, port: target.port)
            .flatMapThrowing { try $0.pipeline.syncOperations.handler(type: ProxyEnd.self) }
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let server): ProxyEnd.join(client, server)
                case .failure: client.reset()
                }
            }
    }

    private func makeEnd() -> ProxyEnd {
        var id: ObjectIdentifier?
        let end = ProxyEnd(
            weather: { self.weather },
            onClose: {
                if let id { self.ends[id] = nil }
            }
        )
        id = ObjectIdentifier(end)
        if let id { ends[id] = end }
        return end
    }
}
