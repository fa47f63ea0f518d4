import HTTPTypes
import Orders

/// What the console says about itself to everybody.
struct ServiceRoutes: Sendable {
    let check: @Sendable () async throws -> Void

    var routes: [Route] {
        [
            Route(.get, "/health", .open) { _ in
                do {
                    try await check()
                    return Answer.json { $0.member("status", "healthy") }
                } catch {
                    return Answer.json(status: .serviceUnavailable) { writer in
                        writer.member("status", "unhealthy")
                        writer.member("reason", "PostgreSQL cannot be reached, or its schema is not current")
                    }
                }
            },
            Route(.get, "/openapi.json", .open) { _ in Answer.json(raw: PackageResources.openapi_json) },
        ]
    }
}
