import Testing

@testable import Redis

@Suite struct RedisErrorTests {
    @Test func `the code of a server error is its first word`() {
        let error = RedisError(serverReply: "NOGROUP No such key 'orders'")
        #expect(error.code == .server)
        #expect(error.serverCode == "NOGROUP")
    }

    @Test(arguments: [
        ("LOADING Redis is loading the dataset in memory", RedisError.Classification.transient),
        ("OOM command not allowed when used memory > 'maxmemory'.", .transient),
        ("NOGROUP No such consumer group", .transient),
        ("WRONGTYPE Operation against a key", .permanent),
        ("ERR unknown command", .permanent),
        ("WRONGPASS invalid username-password pair", .fatal),
        ("NOAUTH Authentication required.", .fatal),
    ])
    func `server errors are classified by their code`(reply: String, classification: RedisError.Classification) {
        #expect(RedisError(serverReply: reply).classification == classification)
    }

    @Test(arguments: [RedisError.Code.notConnected, .connectionLost, .timeout, .overloaded])
    func `errors of the connection are transient`(code: RedisError.Code) {
        #expect(RedisError(code, "").classification == .transient)
    }
}
