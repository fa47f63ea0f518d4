package import Redis
import Synchronization

/// The limit of one queue, shared by all its runners through Redis.
///
/// A turn counts from before its call until a whole window after the call has ended: whenever between the two the other side
/// sees the call, it never sees more than allowed in one window.
package final class Limiter: Sendable {
    /// Leave for one call.
    package struct Turn: Sendable, Equatable {
        package var name: String
        /// When it was granted, in microseconds of the limit's own time.
        package var time: Int64
    }

    /// What was asked for and what there is.
    package struct Grant: Sendable, Equatable {
        package var turns: [Turn]
        /// Turns that come free within the horizon of a forecast.
        package var soon: Int
        /// Until the next turn comes free, as far as can be told; zero when one is free now.
        package var wait: Duration
        /// When it was granted, in microseconds of the limit's own time.
        package var time: Int64

        package var granted: Int { turns.count }
    }

    /// A reading of the limit's time, and ours from before it was asked for.
    private struct Reading {
        var run: String
        var time: Int64
        var askedAt: ContinuousClock.Instant
    }

    private struct Request {
        var wanted = 0
        var horizon = Duration.zero
        var close = Duration.zero
        var ended: [String] = []
    }

    /// How far the time of the server may be ahead of ours before it counts as a leap of its clock.
    static let leapTolerance: Duration = .milliseconds(20)
    /// Most scopes whose time is remembered.
    static let maxReadings = 4_096

    package let limit: RateLimit
    private let longestCall: Duration
    private let redis: RedisClient
    private let streams: DoorbellStreams
    private let queue: Queue
    private let readings = Mutex<[String: Reading]>([:])
    /// Makes the names of turns differ from those of every other caller.
    private let caller: String
    private let grants = Atomic<Int>(0)

    /// - Parameters:
    ///   - longestCall: how long a turn is left to its call; whoever has died with it has not called later than that.
    ///   - caller: a name that nobody else has, nor had before a restart.
    package init(
        _ limit: RateLimit,
        longestCall: Duration,
        queue: Queue,
        redis: RedisClient,
        streams: DoorbellStreams,
        caller: String
    ) {
        self.limit = limit
        self.longestCall = longestCall
        self.queue = queue
        self.redis = redis
        self.streams = streams
        self.caller = caller
    }

    /// The scope of calls for a shop: one for the whole queue, or one for each shop.
    package func scope(shop: String) -> String {
        limit.scope == .queue ? "" : shop
    }

    /// Takes up to `wanted` turns, after turns have been given back whose calls have ended. Every turn counts until it is given
    /// back, used or not. Giving back may be repeated.
    package func acquire(_ wanted: Int, ended: [String] = [], scope: String) async throws -> Grant {
        if wanted > 0, !hasReading(scope) { _ = try await evaluate(Request(), scope: scope) }
        return try await evaluate(Request(wanted: wanted, ended: ended), scope: scope)
    }

    /// How many turns come free within `horizon`; takes none.
    package func forecast(within horizon: Duration, scope: String) async throws -> Grant {
        try await evaluate(Request(horizon: horizon), scope: scope)
    }

    /// Nothing starts in the scope for that long, whoever asks.
    package func close(for time: Duration, scope: String) async throws {
        _ = try await evaluate(Request(close: time), scope: scope)
    }

    private func hasReading(_ scope: String) -> Bool {
        readings.withLock { $0[scope] != nil }
    }

    private func evaluate(_ request: Request, scope: String) async throws -> Grant {
        let askedAt = ContinuousClock.now
        let known = readings.withLock { $0[scope] }
        let latest = known.map { $0.time + $0.askedAt.duration(to: askedAt).wholeMicroseconds } ?? 0
        let prefix = "\(caller)-\(grants.add(1, ordering: .relaxed).newValue)-"
        let arguments: [RedisArgument] = [
            .integer(Int64(limit.maxStarts)), .integer(limit.keptWindow.wholeMicroseconds), .integer(Int64(request.wanted)),
            .integer(request.horizon.wholeMicroseconds), .integer(request.close.wholeMicroseconds), .text(known?.run ?? ""),
            .integer(latest), .integer(Self.leapTolerance.wholeMicroseconds), .integer(longestCall.wholeMicroseconds),
            .text(prefix),
        ]
        let reply = try await redis.evaluate(
            Self.script,
            keys: streams.limiterKeys(queue, scope: scope),
            arguments: arguments + request.ended.map { .text($0) }
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
        let turns = (0..<granted).map { Turn(name: "\(prefix)\($0 + 1)", time: time) }
        return Grant(turns: turns, soon: Int(soon), wait: .microseconds(wait), time: time)
    }

    private static let script = Script(name: "limiter", source: String(decoding: PackageResources.limiter_lua, as: UTF8.self))
}
