import NIOCore
import NIOPosix
import NIOSSL

/// One connection that is ready for commands: authenticated, in its database, with its name.
struct RedisConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<PipelineHandler>
    private let commandTimeout: Duration
    /// Succeeds as soon as the connection takes no more commands.
    let ended: EventLoopFuture<Void>

    /// Connects, within `connectTimeout`, and introduces itself, within `commandTimeout`.
    static func connect(
        _ configuration: RedisConfiguration,
        on group: any EventLoopGroup,
        tls: NIOSSLContext?
    ) async throws(RedisError) -> RedisConnection {
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let connection: RedisConnection
        do {
            connection = try await bootstrap.connect(host: configuration.host, port: configuration.port) { channel in
                channel.eventLoop.makeCompletedFuture { try RedisConnection(channel, configuration, tls) }
            }
        } catch {
            throw RedisError(.notConnected, "cannot connect to \(configuration)", underlying: error)
        }
        do {
            try await connection.introduce(configuration)
        } catch {
            connection.shutDown()
            throw error
        }
        return connection
    }

    private init(_ channel: any Channel, _ configuration: RedisConfiguration, _ tls: NIOSSLContext?) throws {
        let ended = channel.eventLoop.makePromise(of: Void.self)
        let handler = PipelineHandler(configuration: configuration, ended: ended)
        do {
            if let tls {
                // An address is no name for SNI; the certificate is then checked against the peer's address.
                let isAddress = (try? SocketAddress(ipAddress: configuration.host, port: configuration.port)) != nil
                let ssl = try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : configuration.host)
                try channel.pipeline.syncOperations.addHandler(ssl)
            }
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            ended.fail(error)
            throw error
        }
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.commandTimeout = configuration.commandTimeout
        self.ended = ended.futureResult
    }

    /// Sends the commands in one write and waits for all replies, in their order.
    func send(_ commands: [RedisCommand], id: UInt64) async -> Result<[RedisValue], RedisError> {
        guard !commands.isEmpty else { return .success([]) }
        guard !Task.isCancelled else { return .failure(RedisError(.cancelled, "the task was cancelled before sending")) }
        var bytes = channel.allocator.buffer(capacity: 64 * commands.count)
        var formatter = CommandFormatter()
        var timeout = commandTimeout
        var isBlocking = false
        for command in commands {
            formatter.write(command, to: &bytes)
            guard let duration = command.blockingFor else { continue }
            timeout += duration
            isBlocking = true
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { [bytes, timeout, isBlocking] completion in
                let request = PipelineHandler.Request(
                    id: id,
                    replyCount: commands.count,
                    byteCount: bytes.readableBytes,
                    deadline: .now() + TimeAmount(timeout),
                    isBlocking: isBlocking,
                    completion: completion
                )
                channel.eventLoop.execute { handler.value.send(bytes, request) }
                // Cancelled just before the line above: the handler below came too early to find the request.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Ends the connection after the pending replies; see `PipelineStateMachine.shutDown`.
    func shutDown() {
        channel.eventLoop.execute { handler.value.shutDown() }
    }

    private func cancel(_ id: UInt64) {
        channel.eventLoop.execute { handler.value.cancel(id: id) }
    }

    private func introduce(_ configuration: RedisConfiguration) async throws(RedisError) {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            let user = configuration.username.map { [RedisArgument.text($0)] } ?? []
            commands.append(RedisCommand("AUTH", user + [.text(password)]))
        }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", [.integer(Int64(configuration.database))]))
        }
        if let name = configuration.clientName {
            commands.append(RedisCommand("CLIENT", ["SETNAME", .text(name)]))
        }
        // Without it a server that is still loading, or that wants a password, would count as connected.
        commands.append(RedisCommand("PING"))
        for reply in try await send(commands, id: 0).get() {
            if case .error(let message) = reply { throw RedisError(serverReply: message) }
        }
    }
}
