import Testing

@testable import ServiceRuntime

@Suite("Settings of the servers")
struct ServerSettingsTests {
    private static func database(_ variables: [String: String]) throws -> DatabaseSettings {
        var settings = SettingsReader(layers: [variables])
        let database = DatabaseSettings(settings: &settings, as: { $0 })
        try settings.finish()
        return database
    }

    private static func redis(_ variables: [String: String]) throws -> RedisSettings {
        var settings = SettingsReader(layers: [variables])
        let redis = RedisSettings(settings: &settings, as: { $0 })
        try settings.finish()
        return redis
    }

    @Test func `The URL wins over the parts and over the local server`() throws {
        let database = try Self.database([
            "DATABASE_URL": "postgres://a@b/c", "DB_HOST": "other", "LOCAL_DATABASE_URL": "postgresql://local/x",
        ])
        #expect(database.url == "postgres://a@b/c")
        #expect(!database.isLocal)
    }

    @Test func `A database URL is put together from its parts, with everything escaped`() throws {
        let database = try Self.database([
            "DB_CONNECTION": "postgres", "DB_HOST": "db.example", "DB_PORT": "5433", "DB_USERNAME": "o r",
            "DB_PASSWORD": "p@ss:/?#ü%",
            "DB_DATABASE": "shop", "DB_SSL_CA": "/etc/ca.pem",
        ])
        #expect(
            database.url
                == "postgresql://o%20r:p%40ss%3A%2F%3F%23%C3%BC%25@db.example:5433/shop?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"
        )
    }

    @Test func `The host of a database may be an IPv6 address or the folder of a socket`() throws {
        #expect(try Self.database(["DB_HOST": "::1"]).url == "postgresql://postgres@[::1]:5432/orders")
        #expect(try Self.database(["DB_HOST": "/run/pg"]).url == "postgresql://postgres@%2Frun%2Fpg:5432/orders")
    }

    @Test func `A Redis URL is put together from its parts`() throws {
        #expect(try Self.redis(["REDIS_HOST": "cache"]).url == "redis://cache:6379/0")
        let redis = try Self.redis(["REDIS_PASSWORD": "a@b", "REDIS_TLS": "true", "REDIS_DATABASE": "2"])
        #expect(redis.url == "rediss://:a%40b@127.0.0.1:6379/2")
    }

    @Test func `Certificates for Redis are of use over TLS only, which must be asked for`() throws {
        #expect(try Self.redis(["REDIS_URL": "rediss://cache", "REDIS_SSL_CA": "/ca.pem"]).authority == "/ca.pem")
        #expect(try Self.redis(["REDIS_TLS": "true", "REDIS_SSL_CA": "/ca.pem"]).authority == "/ca.pem")
        for plain in [["REDIS_URL": "redis://cache"], ["REDIS_HOST": "cache"]] {
            #expect(throws: ConfigurationError.self) { try Self.redis(plain.merging(["REDIS_SSL_CA": "/ca.pem"]) { $1 }) }
        }
    }

    @Test func `Without any setting the private local servers are used`() throws {
        let database = try Self.database(["LOCAL_DATABASE_URL": "postgresql://orders@127.0.0.1:5/orders"])
        #expect(database.isLocal && database.url == "postgresql://orders@127.0.0.1:5/orders")
        #expect(try Self.redis(["LOCAL_REDIS_URL": "redis://127.0.0.1:6/0"]).isLocal)
    }

    private struct Unreadable: Error, CustomStringConvertible { var description = "it has no database" }

    @Test func `A URL that its client cannot read is a fault like all others`() {
        var settings = SettingsReader(layers: [["DATABASE_URL": "postgres://me:secret@h", "REDIS_URL": "redis://h/x"]])
        let database = DatabaseSettings(settings: &settings) { _ in throw Unreadable() }
        let redis = RedisSettings(settings: &settings) { _ in throw Unreadable() }
        #expect(database.url == "" && redis.url == "")
        let error = #expect(throws: ConfigurationError.self) { try settings.finish() }
        #expect(error?.faults.map(\.key) == ["DATABASE_URL", "REDIS_URL"])
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.contains("it has no database") == true)
    }

    @Test(arguments: [(["PORT": "4001"], ["PORT"]), (["ADMIN_PORT": "4000"], ["PORT"]), (["PORT": "4002"], [])])
    func `The public port is not that of the admin endpoints`(variables: [String: String], faults: [String]) {
        var settings = SettingsReader(layers: [variables])
        _ = settings.int("PORT", default: 4_000, in: 0...65_535, "The port.")
        _ = ServiceConfiguration(settings: &settings, adminPort: 4_001)
        var found: [String] = []
        do { try settings.finish() } catch { found = error.faults.map(\.key) }
        #expect(found == faults)
    }

    @Test func `Production refuses the private local servers`() {
        let variables = [
            "APP_ENV": "production", "LOCAL_DATABASE_URL": "postgresql://127.0.0.1:5/x",
            "LOCAL_REDIS_URL": "redis://127.0.0.1:6/0",
        ]
        #expect(throws: ConfigurationError.self) { try Self.database(variables) }
        #expect(throws: ConfigurationError.self) { try Self.redis(variables) }
    }

    @Test func `Nothing configured and no local server is a fault that names the way out`() throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.database([:]) }
        #expect(error.description.contains("ordersctl up"))
    }

    @Test func `Another kind of database is refused`() {
        #expect(throws: ConfigurationError.self) { try Self.database(["DB_CONNECTION": "mysql", "DB_HOST": "h"]) }
    }
}
