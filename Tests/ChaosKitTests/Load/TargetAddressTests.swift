import Testing

@testable import ChaosKit

@Suite("A target address")
struct TargetAddressTests {
    @Test func `is read from an http URL`() {
        #expect(TargetAddress(url: "http://127.0.0.1:4000") == TargetAddress(host: "127.0.0.1", port: 4_000))
        #expect(TargetAddress(url: "http://ingest/") == TargetAddress(host: "ingest", port: 80))
        #expect(TargetAddress(url: "http://[::1]:81") == TargetAddress(host: "::1", port: 81))
        #expect(TargetAddress(url: "http://[::1]:81")?.hostHeader == "[::1]:81")
    }

    @Test(
        arguments: [
            "https://a", "http://", "http://a:b", "http://a:0", "http://a/b", "http://u@a", "a:80", "http://a:99999",
            "http://::1",
        ]
    )
    func `is nothing else`(url: String) {
        #expect(TargetAddress(url: url) == nil)
    }
}
