import Glibc
import LocalServers
import NIOHTTP1
import Subprocess
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(10))) struct StorefrontFaultTests {
    private static let shop = ["STOREFRONT_ADMIN_TOKEN": TestSystem.storefrontToken]
    /// Orders wait until `letProcess`.
    private static let slow = ["STOREFRONT_PROCESSING_MS": "600000"]

    private static let json = [("Content-Type", "application/json")]

    private static func stock(_ count: Int, _ client: TestClient) async throws {
        let headers = json + [("Authorization", "Bearer \(TestSystem.storefrontToken)")]
        let product = Array(#"{"name":"Lamp","price":19.99,"stock":\#(count)}"#.utf8)
        #expect(try await client.post("/api/v1/products", product, headers: headers).status == 201)
    }

    private static func buy(_ client: TestClient, key: String? = nil) async throws -> TestClient.Answer {
        let order = Array(#"{"product_id":1,"quantity":1}"#.utf8)
        return try await client.post("/api/v1/orders", order, headers: json + (key.map { [("Idempotency-Key", $0)] } ?? []))
    }

    /// Adds a product and lets somebody buy it this often.
    private static func sell(_ count: Int, _ client: TestClient) async throws {
        try await stock(count, client)
        for _ in 0..<count { #expect(try await buy(client).status == 201) }
    }

    private static func letProcess(_ system: TestSystem) async throws {
        try await system.execute("UPDATE jobs SET run_at = now()")
    }

    private static func hasProcessed(_ count: Int, _ program: ServiceProgram) -> Bool {
        (1...count).allSatisfy { program.running.log.contains("Order #\($0) Processed") }
    }

    @Test func `an order that waits survives its worker, and the log says when it is processed`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withProcess("ingest", Self.shop, in: folder) { ingest in
                    try await system.withProcess("orchestrator", Self.slow.adding("ORCHESTRATOR_NAME", "dies"), in: folder) {
                        dying in
                        try await Self.sell(3, ingest.client)
                        try await eventually("the orders wait") { try await system.count("SELECT count(*) FROM jobs") == 3 }
                        dying.running.send(SIGKILL)
                        #expect(await dying.running.ended() == .signaled(SIGKILL))
                        #expect(!dying.running.log.contains("Processed"))
                    }
                    #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'ready'") == 3)
                    try await system.withProcess("orchestrator", Self.slow.adding("ORCHESTRATOR_NAME", "goes on"), in: folder) {
                        next in
                        try await Self.letProcess(system)
                        try await eventually("the orders are processed") { Self.hasProcessed(3, next) }
                    }
                }
                #expect(try await system.count("SELECT count(*) FROM storefront_orders WHERE processed_at IS NULL") == 0)
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `a restart of PostgreSQL in a sale sells nothing twice, and a retry gets what was bought`() async throws {
        try await PrivateServers.withPostgres { postgres, folder in
            try await TestSystem.with(ownDatabase: postgres.url) { system async throws in
                try await system.withProcess("ingest", Self.shop, in: folder) { ingest in
                    try await Self.stock(1_000, ingest.client)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for buyer in 0..<10 {
                            group.addTask {
                                // As a patient client does: the same key until the order is placed.
                                for order in 0..<10 {
                                    try await eventually("the order is placed") {
                                        let answer = try await Self.buy(ingest.client, key: "\(buyer)-\(order)")
                                        if answer.status != 201 { #expect(answer.status == 503, "\(answer.body)") }
                                        return answer.status == 201
                                    }
                                }
                            }
                        }
                        await postgres.stopImmediately()
                        let refused = try await Self.buy(ingest.client, key: "0-0")
                        if refused.status != 201 { #expect(refused.headers.first(name: "retry-after") == "2") }
                        let list = try await ingest.client.get("/api/v1/products")
                        #expect(list.status == 503 && list.body.contains("looked up"), "\(list.body)")
                        try await postgres.start()
                        try await group.waitForAll()
                    }
                }
                #expect(try await system.count("SELECT count(*) FROM storefront_orders") == 100)
                #expect(try await system.count("SELECT stock FROM products") == 900)
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `Redis away and back without its data delays nothing but the merge`() async throws {
        try await PrivateServers.withRedis { redis, folder in
            try await TestSystem.with(ownRedis: redis.url) { system async throws in
                try await system.withProcess("ingest", Self.shop, in: folder) { ingest in
                    try await system.withProcess("orchestrator", Self.slow, in: folder) { worker in
                        try await Self.sell(3, ingest.client)
                        try await eventually("the orders wait") { try await system.count("SELECT count(*) FROM jobs") == 3 }
                        await redis.program.end()
                        try await redis.program.start()
                        try await Self.letProcess(system)
                        try await eventually("the orders are processed") { Self.hasProcessed(3, worker) }
                    }
                }
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}
