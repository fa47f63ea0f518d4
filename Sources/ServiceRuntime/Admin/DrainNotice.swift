import ServiceLifecycle

/// Turns `/readyz` to 503 as the first act of a graceful shutdown; the last service of the group, because that one is told first.
struct DrainNotice: Service {
    let readiness: Readiness
    /// Finished when the end begins, however it does.
    let running: AsyncStream<Never>.Continuation

    func run() async throws {
        defer { running.finish() }
        try? await gracefulShutdown()
        readiness.drain()
    }
}
