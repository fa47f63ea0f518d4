import EventStore
import Orders
package import Postgres
import ServiceLifecycle
import Synchronization

/// The courier status map with what operators added, read again now and then.
package final class CourierStatuses: Service, Sendable {
    /// How long a new mapping may take to reach every replica.
    static let refreshInterval: Duration = .seconds(10)

    private let pool: PostgresPool
    private let map = Mutex<CourierStatusMap?>(nil)

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The map as last read; before the first read, it is read now.
    var current: CourierStatusMap {
        get async throws {
            if let map = map.withLock({ $0 }) { return map }
            return try await refresh()
        }
    }

    package func run() async throws {
        // Cancelled means that the loop ends.
        while !Task.isShuttingDownGracefully,
            (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.refreshInterval) })) != nil
        {
            // While PostgreSQL is away the map stays as it is, and so do the orders.
            _ = try? await refresh()
        }
    }

    private func refresh() async throws -> CourierStatusMap {
        let added = try await pool.withConnection { try CourierStatusTable.all(on: $0) }
        let fresh = CourierStatusMap.standard.adding(added)
        map.withLock { $0 = fresh }
        return fresh
    }
}
