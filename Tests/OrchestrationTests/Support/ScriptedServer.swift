import NIOCore
import NIOPosix

/// Answers whatever comes with the same bytes, and leaves the connection open.
final class ScriptedServer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let answer: String

    private init(answer: String) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
    }

    /// Listens for as long as the body takes, which is given the address.
    static func with<R>(answer: String, _ body: (String) async throws -> R) async throws -> R {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.pipeline.addHandler(ScriptedServer(answer: answer)) }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<R, any Error>
        do {
            result = .success(try await body("http://127.0.0.1:\(server.localAddress?.port ?? 0)"))
        } catch {
            result = .failure(error)
        }
        try await server.close()
        return try result.get()
    }
}
