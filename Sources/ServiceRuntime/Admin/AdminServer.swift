import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

/// The endpoints for operators and their tools: `/livez`, `/readyz` and `/metrics`.
struct AdminServer: Service {
    private let host: String
    private let port: Int
    private let readiness: Readiness
    private let metrics: PrometheusMetrics
    private let logger: Logger

    init(host: String, port: Int, readiness: Readiness, metrics: PrometheusMetrics, logger: Logger) {
        self.host = host
        self.port = port
        self.readiness = readiness
        self.metrics = metrics
        self.logger = logger
    }

    /// Serves until graceful shutdown; throws when the port is taken.
    func run() async throws {
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
            logger: logger
        )
        try await ListenFault.explaining(
            "The admin endpoints",
            host: host,
            port: port,
            settings: "ADMIN_HOST, ADMIN_PORT"
        ) { try await application.run() }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("livez") { _, _ in Self.answer(.ok, "text/plain; charset=utf-8", "ok\n") }
        router.get("readyz") { _, _ in
            let report = await readiness.report()
            return Self.answer(report.isReady ? .ok : .serviceUnavailable, "application/json", report.json)
        }
        router.get("metrics") { _, _ in
            Self.answer(.ok, "text/plain; version=0.0.4; charset=utf-8", metrics.exposition() + ProcessMetrics.exposition())
        }
        return router
    }

    private static func answer(_ status: HTTPResponse.Status, _ contentType: String, _ body: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }
}
