import HTTPTypes
import Hummingbird
package import Logging
import NIOCore

/// The floor that ingest is measured against: the same HTTP server, which collects the body and answers 200.
package struct NoopServer: Sendable {
    package var port: Int
    private let logger: Logger

    package init(port: Int, logger: Logger) {
        self.port = port
        self.logger = logger
    }

    /// Serves until the process is told to end.
    package func run() async throws {
        let router = Router()
        router.post("/webhooks/shopify") { request, _ in
            _ = try await request.body.collect(upTo: 5 * 1_024 * 1_024)
            let body = ByteBuffer(string: #"{"status":"accepted","webhookId":"00000000-0000-0000-0000-000000000000"}"#)
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .contentLength: "\(body.readableBytes)"],
                body: ResponseBody(byteBuffer: body)
            )
        }
        router.post("/v1/shipments/:reference/cancel") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json", .contentLength: "2"],
                body: .init(byteBuffer: ByteBuffer(string: "{}"))
            )
        }
        router.get("/readyz") { _, _ in "ready" }
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port),
                serverName: nil,
                backlog: 1_024
            ),
            logger: logger
        )
        try await application.runService()
    }
}
