package import Redis
import Synchronization

/// The limit of one queue, shared by all its runners through Redis.
///
/// A turn counts from before its call until a whole window after the call has ended: whenever between the two the other side
/// sees the call, it never sees more than allowed in one window. A turn is handed out up to ``lead`` before it holds, so that
/// its call can begin at that very moment.
package final class Limiter: Sendable {
    /// Leave for one call.
    package struct Turn: Sendable, Equatable {
        package var name: String
        /// From when it holds, in microseconds of the limit's own time.
        package var time: Int64
        /// The same by our own clock; never earlier than that.
        package var start: ContinuousClock.Instant
    }

    /// A turn whose call has ended, or will never be made.
    package struct EndedTurn: Sendable {
        package var turn: Turn
        /// Not before the other side can have seen the call for the last time.
        package var end: ContinuousClock.Instant

        package init(_ turn: Turn, end: ContinuousClock.Instant) {
            self.turn = turn
            self.end = end
        }
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
        /// Another one than before when the limit has forgotten what it had granted.
        package var state: String

        package var granted: Int { turns.count }
    }

    /// A reading of the limit's time, and ours from before it was asked for.
    private struct Reading {
        var state: String
        var time: Int64
        var askedAt: ContinuousClock.Instant
        /// Turns that were free, or soon to be.
        var soon: Int
    }

    private struct Request {
        var wanted = 0
        var horizon = Duration.zero
        var close = Duration.zero
        var ended: [EndedTurn] = []
        var held: [Turn] = []
    }

    /// How long before it holds a turn is handed out: enough for the answer to come and for a timer to be set.
    package static let lead: Duration = .milliseconds(20)
    /// How far the time of the server may be ahead of ours before it counts as a leap of its clock.
    static let leapTolerance: Duration = .milliseconds(20)
    /// How long an answer says what is free.
    static let freshness: Duration = .milliseconds(50)
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
    /// back, used or not. Giving back may be repeated, and so may telling a state that has forgotten of turns that are `held`.
    package func acquire(
        _ wanted: Int,
        ended: [EndedTurn] = [],
        held: [Turn] = [],
        scope: String
    ) async throws -> Grant {
        if wanted > 0, !hasReading(scope) { _ = try await evaluate(Request(), scope: scope) }
        return try await evaluate(Request(wanted: wanted, ended: ended, held: held), scope: scope)
    }

    /// Whether an answer of just now, to whatever question, knew of so many turns. Others may have taken them since.
    func justKnew(of turns: Int, scope: String) -> Bool {
        readings.withLock { readings in
            readings[scope].map { $0.soon >= turns && $0.askedAt + Self.freshness > .now } ?? false
        }
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
        let prefix = "\(caller)-\(grants.add(1, ordering: .relaxed).newValue)-"
        let reply = try await redis.evaluate(
            Self.script,
            keys: streams.limiterKeys(queue, scope: scope),
            arguments: arguments(request, known, prefix: prefix, askedAt: askedAt)
        )
        let answeredAt = ContinuousClock.now
        guard let values = reply.array, values.count >= 4, let soon = values[0].integer, let wait = values[1].integer,
            let time = values[2].integer, let state = values[3].string
        else { throw RedisError(.protocolViolation, "the limiter answered something else") }
        readings.withLock { readings in
            if readings.count >= Self.maxReadings { readings.removeAll() }
            // Answers may overtake each other; the older reading allows less.
            if let newer = readings[scope], newer.state == state, newer.time >= time { return }
            readings[scope] = Reading(state: state, time: time, askedAt: askedAt, soon: Int(soon))
        }
        let turns = values.dropFirst(4).compactMap(\.integer).enumerated().map { index, start in
            Turn(name: "\(prefix)\(index + 1)", time: start, start: answeredAt + .microseconds(start - time))
        }
        return Grant(turns: turns, soon: Int(soon), wait: .microseconds(wait), time: time, state: state)
    }

    private func arguments(
        _ request: Request,
        _ known: Reading?,
        prefix: String,
        askedAt: ContinuousClock.Instant
    ) -> [RedisArgument] {
        let latest = known.map { $0.time + $0.askedAt.duration(to: askedAt).wholeMicroseconds } ?? 0
        var arguments: [RedisArgument] = [
            .integer(Int64(limit.maxStarts)), .integer(limit.keptWindow.wholeMicroseconds), .integer(Int64(request.wanted)),
            .integer(Self.lead.wholeMicroseconds), .integer(request.horizon.wholeMicroseconds),
            .integer(request.close.wholeMicroseconds), .text(known?.state ?? ""), .integer(latest),
            .integer(Self.leapTolerance.wholeMicroseconds), .integer(longestCall.wholeMicroseconds), .text(prefix),
            .integer(Int64(request.ended.count)),
        ]
        for ended in request.ended {
            // From before Redis looks at its clock: the end is never taken for an earlier one than it was.
            let age = max(.zero, ended.end.duration(to: askedAt)).wholeMicroseconds
            arguments += [.text(ended.turn.name), .integer(ended.turn.time), .integer(age)]
        }
        return arguments + request.held.map { .text($0.name) }
    }

    private static let script = Script(name: "limiter", source: String(decoding: PackageResources.limiter_lua, as: UTF8.self))
}
