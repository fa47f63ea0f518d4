import Foundation
import Logging
import NIOPosix
import Redis
import Testing

/// The server that the test command started.
func testConfiguration(clientName: String? = nil) throws -> RedisConfiguration {
    guard let url = ProcessInfo.processInfo.environment["TEST_REDIS_URL"] else {
        throw RedisError(
            .invalidConfiguration,
            "set TEST_REDIS_URL to a private Redis server, for example redis://127.0.0.1:6390"
        )
    }
    var configuration = try RedisConfiguration(url: url)
    configuration.clientName = clientName
    return configuration
}

/// A key prefix of its own for each test.
func uniqueKey(_ name: String = #function) -> String {
    "test:\(name.filter { $0.isLetter || $0.isNumber }):\(UUID().uuidString)"
}

let noLog = Logger(label: "redis.tests") { _ in SwiftLogNoOpLogHandler() }

func makeClient(_ configuration: RedisConfiguration, logger: Logger = noLog) -> RedisClient {
    RedisClient(configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
}

/// Runs a connected client for as long as the body.
func withClient<Result: Sendable>(
    _ configuration: RedisConfiguration,
    _ body: @Sendable (RedisClient) async throws -> Result
) async throws -> Result {
    let client = makeClient(configuration)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        try await client.waitUntilConnected(timeout: .seconds(60))
        let result = try await body(client)
        group.cancelAll()
        return result
    }
}

/// Returns when the server has blocked the client of that name; each look is a round trip, nothing sleeps.
func waitUntilBlocked(_ name: String, seenBy observer: RedisClient) async throws {
    while true {
        let list = try await observer.send(RedisCommand("CLIENT", ["LIST"])).string ?? ""
        if list.split(separator: "\n").contains(where: { $0.contains(" name=\(name) ") && $0.contains(" flags=b ") }) { return }
        try Task.checkCancellation()
    }
}

/// The error that the operation must throw.
func redisError<Value: Sendable>(_ operation: () async throws(RedisError) -> Value) async throws -> RedisError {
    do throws(RedisError) {
        _ = try await operation()
    } catch {
        return error
    }
    Issue.record("nothing was thrown")
    throw RedisError(.protocolViolation, "nothing was thrown")
}
