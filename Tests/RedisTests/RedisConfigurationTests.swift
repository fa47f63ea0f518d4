import Testing

@testable import Redis

@Suite struct RedisConfigurationTests {
    @Test func `a full URL is parsed`() throws {
        let configuration = try RedisConfiguration(url: "rediss://worker:p%40ss@cache.local:6380/3", caFile: "/ca.pem")
        #expect(configuration.host == "cache.local")
        #expect(configuration.port == 6380)
        #expect(configuration.tls?.caFile == "/ca.pem")
        #expect(configuration.username == "worker")
        #expect(configuration.password == "p@ss")
        #expect(configuration.database == 3)
    }

    @Test func `what a URL leaves out has defaults`() throws {
        let configuration = try RedisConfiguration(url: "redis://:secret@[::1]")
        #expect(configuration.host == "::1")
        #expect(configuration.port == 6379)
        #expect(configuration.tls == nil)
        #expect(configuration.username == nil)
        #expect(configuration.password == "secret")
        #expect(configuration.database == 0)
    }

    @Test(arguments: [
        "", "cache.local:6379", "http://cache.local", "redis://", "redis://cache/one", "redis://cache/-1", "redis://cache:0",
        "redis://cache:99999", "redis://cache/0?protocol=3", "redis://user@cache",
    ])
    func `a URL that cannot be used is refused`(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.classification == .fatal)
    }

    @Test func `no description shows the password`() throws {
        let configuration = try RedisConfiguration(url: "redis://worker:secret@cache")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect("\(configuration)" == "redis://worker:***@cache:6379/0")
        #expect(!String(reflecting: configuration).contains("secret"))
        #expect(!dumped.contains("secret"))
    }
}
