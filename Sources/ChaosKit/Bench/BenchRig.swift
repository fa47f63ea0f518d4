import EventStore
import FoundationEssentials
package import LocalServers
package import Logging
import NIOCore
import NIOPosix
import Orders
import Postgres

/// What all measurements share: the programs, the servers, and how much is sent.
package struct BenchRig: Sendable {
    /// How much work a measurement does.
    package struct Size: Sendable {
        package var repetitions = 3
        /// Webhooks of one throughput measurement.
        package var requests = 60_000
        package var orders = 5_000
        /// Webhooks of one end-to-end measurement.
        package var storm = 20_000
        package var hotOrder = 1_000
        /// Buyers of one flash sale, how much there is for them, and how many of them come at the same moment.
        package var buyers = 5_000
        package var saleStock = 100
        package var saleConnections = 256
        /// Orders of the console's lists, clients that follow its feed, and changes that they are told in a second.
        package var consoleOrders = 1_000_000
        package var sockets = 500
        package var changesPerSecond = 500
        package var seconds = 10
        package var connections = 64

        package init() {}

        /// Enough to see that everything works, too little for any figure.
        package static var smoke: Size {
            var size = Size()
            size.repetitions = 1
            size.requests = 2_000
            size.orders = 250
            size.storm = 1_000
            size.hotOrder = 100
            size.buyers = 200
            size.saleStock = 20
            size.saleConnections = 32
            size.consoleOrders = 20_000
            size.sockets = 20
            size.changesPerSecond = 100
            size.seconds = 2
            return size
        }
    }

    static let secret = "bench-secret"
    static let storefrontToken = "bench-token"
    static let shop = "bench.myshopify.com"
    /// Stands for the time of arrival; every generated body has a time of its own.
    static let time = Instant(unixSeconds: 1_768_755_600) ?? .epoch

    package var size: Size
    package var seed: UInt64
    let databaseURL: String
    let redisURL: String
    let database: PostgresConfiguration
    /// The folder with our programs.
    let programs: String
    /// A temporary folder for logs and scripts.
    let folder: String
    let console: Console
    /// Ends the programs when we cannot.
    let guardian: Guardian
    let logger: Logger

    /// - Parameters:
    ///   - programs: the folder with `ingest`, `orchestrator` and `chaos` of one build.
    ///   - folder: a temporary folder that exists.
    package init(
        databaseURL: String,
        redisURL: String,
        programs: String,
        folder: String,
        size: Size,
        seed: UInt64,
        console: Console,
        guardian: Guardian,
        logger: Logger
    ) throws {
        self.databaseURL = databaseURL
        self.redisURL = redisURL
        var database = try PostgresConfiguration(url: databaseURL)
        database.applicationName = "chaos-bench"
        self.database = database
        self.programs = programs
        self.folder = folder
        self.size = size
        self.seed = seed
        self.console = console
        self.guardian = guardian
        self.logger = logger
    }

    /// A load with the connections of the measurements.
    func load(_ target: TargetAddress) -> HTTPLoad {
        HTTPLoad(host: target.host, port: target.port, connections: size.connections)
    }

    /// Webhooks of 2 to 4 KB, ready to be sent to the target.
    func deliveries(_ storm: Storm, to target: TargetAddress) throws -> [Delivery] {
        let signer = ShopifySigner(secret: Self.secret)
        return try storm.deliveries().map { try Delivery($0, host: target.hostHeader, signer: signer, at: Self.time) }
    }

    /// A storm without duplicates.
    func storm(webhooks: Int, repetition: Int) -> Storm {
        var storm = Storm(shop: Self.shop, seed: seed &+ UInt64(repetition))
        storm.webhooks = webhooks
        storm.orders = size.orders
        storm.duplicates = 0
        return storm
    }

    /// Runs a unit of work on a connection of its own.
    func withConnection<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws -> Value {
        let connection = try await PostgresConnection.connect(database, logger: logger)
        let value = try await connection.run(body)
        await connection.close()
        return value
    }
}
