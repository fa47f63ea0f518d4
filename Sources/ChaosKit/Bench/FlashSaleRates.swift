/// Attempts to buy one product, a second: while little of it is left, and while there is enough for all.
struct FlashSaleRates: Sendable {
    /// One repetition.
    struct Sample: Sendable {
        /// Most are refused.
        var soldOut: Double
        /// All are served.
        var plentiful: Double
        var assertions: [Assertion]
    }

    /// What the variant without shared transactions gets instead: as many connections as a usual pool has.
    private static let single = ["STOREFRONT_BATCH_ORDERS": "1", "STOREFRONT_WRITERS": "8"]

    let rig: BenchRig
    var sharesTransactions = true

    func run(repetition: Int) async throws -> Sample {
        let common = [
            "STOREFRONT_ADMIN_TOKEN": BenchRig.storefrontToken, "STOREFRONT_RATE_BURST": "10000000",
            "STOREFRONT_RATE_PER_SECOND": "1000000",
        ]
        let (ingest, target) = try await rig.ingest(sharesTransactions ? common : common.merging(Self.single) { $1 })
        try await rig.withConnection(BenchDatabase.empty)
        return try await ingest.during { _ in
            // Opens the writers' connections and prepares their statements.
            _ = try await sale(buyers: rig.size.saleConnections, stock: rig.size.saleConnections, at: target)
            let soldOut = try await sale(buyers: rig.size.buyers, stock: rig.size.saleStock, at: target)
            let plentiful = try await sale(buyers: rig.size.buyers, stock: rig.size.buyers, at: target)
            let name = "flash sale \(repetition + 1)\(sharesTransactions ? "" : ", single"): "
            return Sample(
                soldOut: soldOut.load.rate,
                plentiful: plentiful.load.rate,
                assertions: [soldOut, plentiful].flatMap(\.assertions).map { $0.named(name) }
            )
        }
    }

    private func sale(buyers: Int, stock: Int, at target: TargetAddress) async throws -> FlashSale.Outcome {
        var load = rig.load(target)
        load.connections = min(buyers, rig.size.saleConnections)
        let sale = FlashSale(
            buyers: buyers,
            stock: stock,
            token: BenchRig.storefrontToken,
            load: load,
            target: target,
            database: rig.database,
            logger: rig.logger
        )
        return try await sale.run(rig.console)
    }
}
