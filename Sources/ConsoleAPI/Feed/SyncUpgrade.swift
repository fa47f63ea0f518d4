import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Orders
import Postgres
import Synchronization

/// A WebSocket that was allowed, with what it asked for.
struct SyncChannel: Sendable {
    var frames: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    var request: FeedRequest
    /// The request as it came, to ask again and again whether it is still allowed.
    var head: HTTPRequest
}

/// Turns a connection into a WebSocket, or refuses it like any other request.
struct SyncUpgrade: Sendable {
    /// Largest frame a client may send.
    private static let maxFrameBytes = 16 << 10

    let authenticator: Authenticator
    let origins: OriginPolicy
    let host: HostFacilities

    func setup(channel: any Channel) -> EventLoopFuture<ConsoleChannel.Conversation> {
        let refusal = Refusal()
        let upgrader = NIOTypedWebSocketServerUpgrader<ConsoleChannel.Conversation>(
            maxFrameSize: Self.maxFrameBytes,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeFutureWithTask {
                    do {
                        try await check(HTTPRequest(head))
                        return [:]
                    } catch {
                        refusal.error.withLock {
                            $0 = error as? APIError ?? APIError(.unavailable, "The database cannot be reached.")
                        }
                        return nil
                    }
                }
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let frames = try NIOAsyncChannel<WebSocketFrame, WebSocketFrame>(wrappingChannelSynchronously: channel)
                    return .webSocket(SyncChannel(frames: frames, request: try Self.request(head.uri), head: HTTPRequest(head)))
                }
            }
        )
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: .init(
                    upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                        upgraders: [upgrader],
                        notUpgradingCompletionHandler: { channel in
                            refuse(channel, refusal.error.withLock { $0 })
                        }
                    )
                )
            )
        }.flatMap { $0 }
    }

    private final class Refusal: Sendable {
        let error = Mutex<APIError?>(nil)
    }

    private static func request(_ uri: String) throws -> FeedRequest {
        let query = uri.split(separator: "?", maxSplits: 1).dropFirst().first
        return try FeedRequest(QueryParameters(query.map(String.init), known: FeedRequest.parameters))
    }

    /// Throws unless the request may follow the feed.
    private func check(_ request: HTTPRequest) async throws {
        _ = try Self.request(request.path ?? "")
        guard let caller = try await authenticator.caller(of: request) else { throw APIError(.unauthenticated, "Sign in first.") }
        // A browser always says where a WebSocket comes from; a program with a token need not.
        guard origins.allows(request, withoutOrigin: !caller.isPerson) else {
            throw APIError(.forbiddenOrigin, "The WebSocket did not come from a page of the console.")
        }
    }

    private func refuse(_ channel: any Channel, _ error: APIError?) -> EventLoopFuture<ConsoleChannel.Conversation> {
        let error = error ?? APIError(.upgradeRequired, "This is a WebSocket; ask for an upgrade.")
        let answer = error.answer(requestID: host.uuid().text)
        var body = ByteBuffer()
        if case .bytes(let bytes) = answer.body { body.writeBytes(bytes) }
        let headers: HTTPHeaders = [
            "Content-Type": Answer.jsonType, "Content-Length": String(body.readableBytes), "Connection": "close",
            "Cache-Control": "no-store",
        ]
        let status = HTTPResponseStatus(statusCode: answer.status.code)
        channel.write(
            HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)),
            promise: nil
        )
        channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        return channel.writeAndFlush(HTTPServerResponsePart.end(nil)).flatMap { channel.close() }.map { .ended }
    }
}

extension HTTPRequest {
    /// The head that NIO's own upgrade hands over.
    init(_ head: HTTPRequestHead) {
        var fields = HTTPFields()
        for (name, value) in head.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        self.init(method: .get, scheme: "http", authority: head.headers.first(name: "host"), path: head.uri, headerFields: fields)
    }
}
