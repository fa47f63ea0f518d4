package import FoundationEssentials
package import Postgres

/// Waiting until the orchestrators have merged everything about some subjects.
package struct Settling: Sendable {
    /// Shortest wait between two looks, and how much longer it is than a look.
    private static let (shortestInterval, restPerLook): (Duration, Int) = (.milliseconds(4), 9)

    package var subjects: [UUID]
    /// How long to wait at most.
    package var deadline: Duration

    package init(subjects: [UUID], deadline: Duration) {
        self.subjects = subjects
        self.deadline = deadline
    }

    /// Returns the time from `start` until nothing waits to be merged; nil when the deadline passed or the task was cancelled.
    package func wait(
        since start: ContinuousClock.Instant,
        on connection: PostgresConnection,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> Duration? {
        let end = ContinuousClock.now + deadline
        while ContinuousClock.now < end, !Task.isCancelled {
            let waiting: Int
            let look = ContinuousClock.now
            do {
                waiting = try await connection.run { [subjects] in try ObservedDelivery.unapplied(of: subjects, on: $0) }
            } catch let error as PostgresError where error.code == .cancelled {
                return nil
            }
            if waiting == 0 { return start.duration(to: .now) }
            progress(waiting)
            // The time to consistency is known to within one wait. A look at many orders takes PostgreSQL a while, and who
            // looks too often is measured as well.
            let interval = max(Self.shortestInterval, look.duration(to: .now) * Self.restPerLook)
            // Throws only on cancellation, which ends the loop.
            try? await Task.sleep(for: interval)
        }
        return nil
    }
}
