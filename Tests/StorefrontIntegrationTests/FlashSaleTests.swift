import ChaosKit
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(2))) struct FlashSaleTests {
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
}
