import ChaosKit
import Postgres
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct FlashSaleTests {
    @Test(arguments: [(5, 1), (1_000, 100), (100, 200)])
    func `the flash sale of the chaos command holds all it claims`(buyers: Int, stock: Int) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let target = TargetAddress(host: "127.0.0.1", port: client.port)
                let sale = FlashSale(
                    buyers: buyers,
                    stock: stock,
                    token: TestSystem.storefrontToken,
                    load: HTTPLoad(host: target.host, port: target.port, connections: min(buyers, 100)),
                    target: target,
                    database: system.database,
                    logger: system.logger
                )
                let outcome = try await sale.run(Console(showsProgress: false))
                #expect(outcome.assertions.filter { !$0.holds } == [])
                #expect(outcome.load.statusCounts[201] == min(buyers, stock))
            }
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `more buyers than may wait are refused at once, and those who wait are served`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ["STOREFRONT_MAX_WAITING": "16"]) { client async throws in
                let product = try await Shop(client: client).product(stock: 100)
                let lock = try await PostgresConnection.connect(system.database, logger: system.logger)
                try await lock.execute(script: "BEGIN; SELECT id FROM products FOR UPDATE")
                let order = PreparedRequest(
                    path: "/api/v1/orders",
                    host: "127.0.0.1",
                    headers: [("Content-Type", "application/json")],
                    body: Array(#"{"product_id":\#(product),"quantity":1}"#.utf8)
                )
                let load = HTTPLoad(host: "127.0.0.1", port: client.port, connections: 41)
                let (progress, ended) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
                async let result = load.run(Array(repeating: order, count: 41)) { ended.yield($0) }
                // One is in its transaction, sixteen wait.
                for await count in progress where count >= 24 { break }
                await lock.close()
                #expect(try await result.statusCounts == [201: 17, 503: 24])
            }
            #expect(try await system.brokenPromises() == [])
        }
    }
}
