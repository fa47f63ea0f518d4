import ServiceLifecycle

/// Turns `/readyz` to 503 as the first act of a graceful shutdown; the last service of the group, because that one is told first.
struct DrainNotice: Service {
    let readiness: Readiness

    func run() async throws {
        try? await gracefulShutdown()
        readiness.drain()
    }
}
