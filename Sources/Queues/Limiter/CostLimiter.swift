package import Redis

/// Points that calls cost, as the Shopify Admin API counts them (`extensions.cost.throttleStatus`): one bucket for each shop,
/// shared by all runners through Redis.
package struct CostLimiter: Sendable {
    /// The smallest bucket that the API gives to a shop; holds until it has reported its own.
    static let (assumedSize, assumedRestoreRate): (Int64, Int64) = (1_000, 50)

    private let redis: RedisClient
    private let streams: DoorbellStreams
    private let queue: Queue

    package init(queue: Queue, redis: RedisClient, streams: DoorbellStreams) {
        self.queue = queue
        self.redis = redis
        self.streams = streams
    }

    /// Takes the points of a call.
    ///
    /// - Throws: `StartGate.Closed` when they are not there, or when nobody can be asked: that is no fault of the job's.
    package func take(_ points: Int, shop: String) async throws {
        let wait: Duration?
        do {
            wait = try await evaluate(points: points, shop: shop, status: nil)
        } catch {
            try Task.checkCancellation()
            throw StartGate.Closed(reason: "the limiter of costs cannot be asked: \(error)", wait: StartGate.outageWait)
        }
        if let wait { throw StartGate.Closed(wait: wait) }
    }

    /// Notes what the API said after a call.
    package func observe(_ status: ThrottleStatus, shop: String) async throws {
        _ = try await evaluate(points: 0, shop: shop, status: status)
    }

    private func evaluate(points: Int, shop: String, status: ThrottleStatus?) async throws -> Duration? {
        var arguments: [RedisArgument] = [
            .integer(Int64(points)), .integer(Self.assumedSize), .integer(Self.assumedRestoreRate),
        ]
        if let status {
            arguments += [
                .text("\(status.currentlyAvailable)"), .text("\(status.maximumAvailable)"),
                .text("\(status.restoreRate)"),
            ]
        }
        let key = streams.costKey(queue, shop: shop)
        let reply = try await redis.evaluate(Self.script, keys: [key], arguments: arguments)
        guard let values = reply.array, values.count == 3, let granted = values[0].integer, let wait = values[1].integer else {
            throw RedisError(.protocolViolation, "the cost limiter answered something else")
        }
        return granted == 1 ? nil : .microseconds(wait)
    }

    private static let script = Script(
        name: "cost_limiter",
        source: String(decoding: PackageResources.cost_limiter_lua, as: UTF8.self)
    )
}
