import ConsoleAPI
import EventStore
import NIOHTTP1
import NIOPosix
import Orchestration
import Orders
import Postgres
import ServiceRuntime
import TestSystem

/// A running console for one test.
struct ConsoleSystem: Sendable {
    static let adminPassword = "a password for tests"

    let port: Int
    let routes: [Route]

    /// A client without credentials.
    var anonymous: ConsoleClient { ConsoleClient(port: port) }

    /// A person who has signed in.
    func signedIn(_ name: String = "admin", password: String = adminPassword) async throws -> ConsoleClient {
        let answer = try await anonymous.send(.POST, "/api/session", json: #"{"name":"\#(name)","password":"\#(password)"}"#)
        guard answer.status == 200, let cookie = answer.headers.first(name: "set-cookie") else {
            throw ConsoleClient.Unexpected(answer: answer)
        }
        return ConsoleClient(port: port, cookie: String(cookie.split(separator: ";")[0]))
    }

    /// A person with this role, made by the admin.
    func person(_ name: String, _ role: Role, by admin: ConsoleClient) async throws -> ConsoleClient {
        let body = #"{"name":"\#(name)","role":"\#(role.rawValue)","password":"\#(Self.adminPassword)"}"#
        let answer = try await admin.send(.POST, "/api/users", json: body)
        guard answer.status == 201 else { throw ConsoleClient.Unexpected(answer: answer) }
        return try await signedIn(name)
    }
}

extension TestSystem {
    /// Runs a console on a free port for as long as the body takes.
    ///
    /// - Parameter mergePatience: short only where nobody merges.
    func withConsole<R>(
        settings: [String: String] = [:],
        mergePatience: Duration = .seconds(20),
        pingInterval: Duration = .seconds(20),
        _ body: (ConsoleSystem) async throws -> R
    ) async throws -> R {
        let defaults = [
            "CONSOLE_PORT": "0", "CONSOLE_ADMIN_PASSWORD": ConsoleSystem.adminPassword, "CONSOLE_REQUEST_TIMEOUT_MS": "120000",
        ]
        var reader = SettingsReader(layers: [settings, defaults])
        let configuration = ConsoleConfiguration(settings: &reader)
        try reader.finish()
        let started = AsyncStream.makeStream(of: Int.self)
        let console = try ConsoleServices(
            configuration: configuration,
            database: database,
            redis: redis,
            streams: streams,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger,
            host: HostFacilities(
                now: TestClock.now,
                randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } }
            ),
            booking: BookingPolicy(),
            mergePatience: mergePatience,
            pingInterval: pingInterval,
            refold: { try await Refold(pool: $0, booking: BookingPolicy(), effects: BookingEffects(isOn: false)).run($1) },
            onStart: { started.continuation.yield($0) }
        )
        return try await running(console.services) {
            var ports = started.stream.makeAsyncIterator()
            let system = ConsoleSystem(port: await ports.next() ?? 0, routes: console.routes)
            while try await system.anonymous.send(.GET, "/health").status != 200 { try await Moment.pass() }
            while try await count("SELECT count(*) FROM console_users") == 0 { try await Moment.pass() }
            return try await body(system)
        }
    }
}
