package import Redis
import Synchronization

/// The limit of one queue, shared by all its runners through Redis.
///
/// A turn counts from before its call until a whole window after the call has ended: whenever between the two the other side
/// sees the call, it never sees more than allowed in one window. A turn is handed out up to ``lead`` before it holds, so that
/// its call can begin at that very moment.
package final class Limiter: Sendable {
    /// Turns that were granted together and count together: leave for one call each, until a window after the last of them.
    package struct Bundle: Sendable, Equatable {
        package var name: String
        package var count: Int
        /// From when it holds, in microseconds of the limit's own time.
        package var time: Int64
        /// The same by our own clock; never earlier than that.
        package var start: ContinuousClock.Instant
    }

    /// A bundle whose calls have ended; turns of it that were not used will never be.
    package struct ReturnedBundle: Sendable {
        package var bundle: Bundle
        package var used: Int
        /// Not before the other side can have seen the calls for the last time.
        package var end: ContinuousClock.Instant

        package init(_ bundle: Bundle, used: Int, end: ContinuousClock.Instant) {
            self.bundle = bundle
            self.used = used
            self.end = end
        }
    }

    /// What was asked for and what there is.
    package struct Grant: Sendable, Equatable {
        package var bundles: [Bundle]
        /// Until when turns can be handed out to whoever has not waited for the answer.
        package var useBy: ContinuousClock.Instant
        /// Turns that come free within the horizon of a forecast.
        package var soon: Int
        /// Until the next turn comes free, as far as can be told; zero when one is free now.
        package var wait: Duration
        /// When it was granted, in microseconds of the limit's own time.
        package var time: Int64
        /// Another one than before when the limit has forgotten what it had granted.
        package var state: String

        package var granted: Int { bundles.reduce(0) { $0 + $1.count } }
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
        var spare = 0
        var horizon = Duration.zero
        var sought = 0
        var close = Duration.zero
        var returned: [ReturnedBundle] = []
        var held: [Bundle] = []
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
    /// Makes the names of bundles differ from those of every other caller.
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

    /// Takes up to `wanted` turns, and where there is plenty up to `spare` more, after bundles have been given back whose calls have
    /// ended. A bundle counts until it is given back. Giving back may be repeated, and so may telling a state that has forgotten
    /// of bundles that are `held`.
    ///
    /// - Parameter close: nothing starts in the scope for that long, whoever asks.
    package func acquire(
        _ wanted: Int,
        spare: Int = 0,
        returned: [ReturnedBundle] = [],
        held: [Bundle] = [],
        close: Duration = .zero,
        scope: String
    ) async throws -> Grant {
        if wanted + spare > 0, !hasReading(scope) { _ = try await evaluate(Request(), scope: scope) }
        return try await evaluate(
            Request(wanted: wanted, spare: spare, close: close, returned: returned, held: held),
            scope: scope
        )
    }

    /// Whether an answer of just now, to whatever question, knew of so many turns. Others may have taken them since.
    func justKnew(of turns: Int, scope: String) -> Bool {
        readings.withLock { readings in
            readings[scope].map { $0.soon >= turns && $0.askedAt + Self.freshness > .now } ?? false
        }
    }

    /// Whether an answer of just now knew of turns to spare.
    func hadPlenty(scope: String) -> Bool {
        justKnew(of: limit.maxStarts / 2 + 8, scope: scope)
    }

    /// How many of `turns` come free within `horizon`; takes none.
    package func forecast(of turns: Int, within horizon: Duration, scope: String) async throws -> Grant {
        try await evaluate(Request(horizon: horizon, sought: turns), scope: scope)
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
        let granted = values.dropFirst(4).compactMap(\.integer)
        let bundles = stride(from: 0, to: granted.count - 1, by: 2).map { index in
            Bundle(
                name: "\(prefix)\(index / 2)",
                count: Int(granted[index + 1]),
                time: granted[index],
                start: answeredAt + .microseconds(granted[index] - time)
            )
        }
        return Grant(
            bundles: bundles,
            useBy: askedAt + limit.shelfLife,
            soon: Int(soon),
            wait: .microseconds(wait),
            time: time,
            state: state
        )
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
            .integer(Int64(request.spare)), .integer(Self.lead.wholeMicroseconds),
            .integer(request.horizon.wholeMicroseconds), .integer(Int64(request.sought)),
            .integer(request.close.wholeMicroseconds), .text(known?.state ?? ""), .integer(latest),
            .integer(Self.leapTolerance.wholeMicroseconds), .integer((longestCall + limit.shelfLife).wholeMicroseconds),
            .text(prefix), .integer(Int64(request.returned.count)),
        ]
        for returned in request.returned {
            let bundle = returned.bundle
            // From before Redis looks at its clock: the end is never taken for an earlier one than it was.
            let age = max(.zero, returned.end.duration(to: askedAt)).wholeMicroseconds
            arguments += [
                .text(bundle.name), .integer(Int64(bundle.count)), .integer(Int64(returned.used)), .integer(bundle.time),
                .integer(age),
            ]
        }
        return arguments + request.held.flatMap { [.text($0.name), .integer(Int64($0.count))] }
    }

    private static let script = Script(name: "limiter", source: String(decoding: PackageResources.limiter_lua, as: UTF8.self))
}
