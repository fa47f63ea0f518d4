import FoundationEssentials
import Orders
import Postgres
import Queues
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProcessingTests {
    private static func with(
        settings: [String: String],
        _ body: (TestSystem, Shop) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                try await system.withOrchestrators(2, settings: settings) { try await body(system, Shop(client: client)) }
            }
            #expect(try await system.brokenPromises() == [])
        }
    }

    private static func processed(_ count: Int64, in system: TestSystem) async throws {
        while try await system.count("SELECT count(*) FROM storefront_orders WHERE processed_at IS NOT NULL") < count {
            try await Moment.pass()
        }
    }

    @Test(arguments: ["off", "on"])
    func `an order is processed once, when its time is over, whether couriers are booked or not`(booking: String) async throws {
        try await Self.with(settings: ["BOOKING": booking, "STOREFRONT_PROCESSING_MS": "300"]) { system, shop in
            let product = try await shop.product(stock: 10)
            for _ in 0..<10 { #expect(try await shop.buy(product).status == 201) }
            try await Self.processed(10, in: system)
            let shown = try await shop.client.get("/api/v1/orders/10")
            #expect(shown.root?.instant("processed_at") != nil)
            while try await system.count("SELECT count(*) FROM jobs") > 0 { try await Moment.pass() }
            #expect(
                try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'done' AND attempt = 1") == 10
            )
            let early = "SELECT count(*) AS early FROM finished_jobs WHERE started_at < created_at + interval '300 milliseconds'"
            #expect(try await system.count(early) == 0)
        }
    }

    @Test func `ten thousand orders that wait are not looked at, and hold nobody up`() async throws {
        let settings = ["STOREFRONT_PROCESSING_MS": "0", "STOREFRONT_PROCESSING_CONCURRENCY": "1"]
        try await Self.with(settings: settings) { system, shop in
            for batch in 0..<10 {
                let jobs = (0..<1_000).map { number in
                    NewJob(
                        queue: .storefront,
                        key: "process:waiting-\(batch)-\(number)",
                        orderID: UUID(),
                        shop: "storefront",
                        input: Array(#"{"order":"1"}"#.utf8),
                        delay: .seconds(3_600)
                    )
                }
                _ = try await system.pool.withConnection { connection in
                    let (statement, bindings) = JobTable.insert(jobs)
                    return try connection.query(statement, bindings)
                }
            }
            let product = try await shop.product(stock: 5)
            for number in 1...5 {
                #expect(try await shop.buy(product).status == 201)
                try await Self.processed(Int64(number), in: system)
            }
            #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'ready' AND attempt = 0") == 10_000)
            #expect(try await system.count("SELECT coalesce(sum(attempt), 0)::bigint FROM jobs") <= 1)
        }
    }

    @Test func `doorbells that are lost delay an order and lose nothing`() async throws {
        try await Self.with(settings: ["STOREFRONT_PROCESSING_MS": "200"]) { system, shop in
            let product = try await shop.product(stock: 20)
            for _ in 0..<20 {
                #expect(try await shop.buy(product).status == 201)
                try await system.deleteStreams()
            }
            try await Self.processed(20, in: system)
        }
    }
}
