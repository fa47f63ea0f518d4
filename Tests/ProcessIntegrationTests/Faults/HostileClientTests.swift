import LocalServers
import NIOCore
import TestSystem
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileClientTests {
    /// Time enough for a proper client on a machine that is slow and busy.
    private static let requestTimeout: Duration = .seconds(3)
    private static let impatient = ["INGEST_REQUEST_TIMEOUT_MS": "3000"]

    private static func order(_ number: Int, _ client: TestClient) async throws -> Int {
        try await client.shopify(#"{"id":"\#(number)","updated_at":"2026-01-18T18:43:04Z"}"#, webhookID: "\(number)").status
    }

    private static let slowHead = "POST /webhooks/shopify HTTP/1.1\r\nHost: a\r\nX-Slow: \(String(repeating: "z", count: 200))"
    private static let slowBody = String(repeating: " ", count: 200)

    @Test(arguments: [
        ("", slowHead), ("POST /webhooks/shopify HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n", slowBody), ("", ""),
    ])
    func `a client that sends byte by byte is cut off and others are served meanwhile`(first: String, slow: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withProcess("ingest", Self.impatient, in: folder) { ingest in
                    let start = ContinuousClock.now
                    let client = try await RawClient.connect(to: ingest.client.port)
                    client.send(first)
                    // For 40 seconds, if nobody stops it.
                    client.trickle(slow, every: .milliseconds(200))
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await client.closed() }
                        for number in 0..<20 { #expect(try await Self.order(number, ingest.client) == 200) }
                        try await group.waitForAll()
                    }
                    Bound.expect("cut off", since: start, within: Self.requestTimeout + .seconds(1))
                }
            }
        }
    }

    @Test func `two thousand idle connections do not hinder a webhook`() async throws {
        try await OpenFiles.allow(6_000)
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withProcess("ingest", ["INGEST_REQUEST_TIMEOUT_MS": "60000"], in: folder, openFiles: 6_000) {
                    ingest in
                    let idle = try await RawClient.connect(2_000, to: ingest.client.port)
                    for number in 0..<10 { #expect(try await Self.order(number, ingest.client) == 200) }
                    for client in idle { client.close() }
                    #expect(try await Self.order(11, ingest.client) == 200)
                }
            }
        }
    }

    @Test func `connections beyond the limit wait for their turn`() async throws {
        let settings = Self.impatient.adding("INGEST_MAX_CONNECTIONS", "16")
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withProcess("ingest", settings, in: folder) { ingest in
                    let start = ContinuousClock.now
                    // None of them ever sends anything: those that are in are cut off, and the next ones come in.
                    let idle = try await RawClient.connect(48, to: ingest.client.port)
                    #expect(try await Self.order(1, ingest.client) == 200)
                    #expect(start.duration(to: .now) >= Self.requestTimeout)
                    for client in idle { client.close() }
                    try await ingest.waitUntilReady()
                }
            }
        }
    }

    @Test func `more connections than the system lets ingest have open do not end it`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withProcess("ingest", in: folder, openFiles: 96) { ingest in
                    let idle = try await RawClient.connect(160, to: ingest.client.port)
                    for client in idle { client.close() }
                    #expect(try await Self.order(1, ingest.client) == 200)
                    try await ingest.waitUntilReady()
                }
            }
        }
    }
}
