package import Redis
import Synchronization

/// The limit of one queue, shared by all its runners through Redis.
package final class Limiter: Sendable {
    /// What was asked for and what there is.
    package struct Grant: Sendable, Equatable {
        package var granted: Int
        /// Starts that come free within the horizon of a forecast.
        package var soon: Int
        /// Until the next start comes free; zero when one is free now.
        package var wait: Duration
        /// When it was granted, in microseconds of the limit's own time.
        package var time: Int64
    }

    /// A reading of the limit's time, and ours from before it was asked for.
    private struct Reading {
        var run: String
        var time: Int64
        var askedAt: ContinuousClock.Instant
    }

    /// How far the time of the server may be ahead of ours before it counts as a leap of its clock.
    static let leapTolerance: Duration = .milliseconds(20)
    /// Most scopes whose time is remembered.
    static let maxReadings = 4_096

    package let limit: RateLimit
    private let redis: RedisClient
    private let streams: DoorbellStreams
    private let queue: Queue
    private let readings = Mutex<[String: Reading]>([:])

    package init(_ limit: RateLimit, queue: Queue, redis: RedisClient, streams: DoorbellStreams) {
        self.limit = limit
        self.queue = queue
        self.redis = redis
        self.streams = streams
    }

    /// The scope of calls for a shop: one for the whole queue, or one for each shop.
    package func scope(shop: String) -> String {
        limit.scope == .queue ? "" : shop
    }

    /// Takes up to `wanted` starts; what is granted counts at once, used or not.
    package func acquire(_ wanted: Int, scope: String) async throws -> Grant {
        if !hasReading(scope) { _ = try await evaluate(scope: scope) }
        return try await evaluate(scope: scope, wanted: wanted)
    }

    /// How many starts come free within `horizon`; takes none.
    package func forecast(within horizon: Duration, scope: String) async throws -> Grant {
        try await evaluate(scope: scope, horizon: horizon)
    }

    /// Nothing starts in the scope for that long, whoever asks.
    package func close(for time: Duration, scope: String) async throws {
        _ = try await evaluate(scope: scope, close: time)
    }

    private func hasReading(_ scope: String) -> Bool {
        readings.withLock { $0[scope] != nil }
    }

    private func evaluate(
        scope: String,
        wanted: Int = 0,
        horizon: Duration = .zero,
        close: Duration = .zero
    ) async throws -> Grant {
        let askedAt = ContinuousClock.now
        let known = readings.withLock { $0[scope] }
        let latest = known.map { $0.time + $0.askedAt.duration(to: askedAt).wholeMicroseconds } ?? 0
        let reply = try await redis.evaluate(
            Self.script,
            keys: streams.limiterKeys(queue, scope: scope),
            arguments: [
                .integer(Int64(limit.maxStarts)), .integer(limit.keptWindow.wholeMicroseconds), .integer(Int64(wanted)),
                .integer(horizon.wholeMicroseconds), .integer(close.wholeMicroseconds), .text(known?.run ?? ""),
                .integer(latest), .integer(Self.leapTolerance.wholeMicroseconds),
            ]
        )
        guard let values = reply.array, values.count == 5, let granted = values[0].integer, let soon = values[1].integer,
            let wait = values[2].integer, let time = values[3].integer, let run = values[4].string
        else { throw RedisError(.protocolViolation, "the limiter answered something else") }
        readings.withLock { readings in
            if readings.count >= Self.maxReadings { readings.removeAll() }
            // Answers may overtake each other; the older reading allows less.
            if let newer = readings[scope], newer.run == run, newer.time >= time { return }
            readings[scope] = Reading(run: run, time: time, askedAt: askedAt)
        }
        return Grant(granted: Int(granted), soon: Int(soon), wait: .microseconds(wait), time: time)
    }

    private static let script = Script(name: "limiter", source: String(decoding: PackageResources.limiter_lua, as: UTF8.self))
}
