import ArgumentParser
import ChaosKit
import Logging
import Postgres
import ServiceRuntime

/// Many buyers of one product at once.
struct FlashSaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flash-sale",
        abstract: "Lets many buyers order one product at the same moment.",
        discussion: """
            Adds a product with some stock to the storefront, then each buyer orders one piece. As many orders as there are \
            pieces must be answered 201, all others 400, and the stock must be 0: by the storefront and by the database.

            One address may send 10,000 requests at once and then 200 a second; for larger sales, or several in a row, start \
            ingest with a larger STOREFRONT_RATE_BURST and STOREFRONT_RATE_PER_SECOND.
            """
    )

    @Option(help: "How many buyers.")
    var buyers = 5

    @Option(help: "How many pieces there are.")
    var stock = 1

    @Option(help: "The address of ingest.")
    var url = "http://127.0.0.1:4000"

    @Option(help: "The token that may add products; by default STOREFRONT_ADMIN_TOKEN.")
    var token: String?

    @Option(
        name: .customLong("database-url"),
        help:
            "The database that is looked into, as postgresql://…; by default the one the services use (DATABASE_URL or “ordersctl up”)."
    )
    var databaseURL: String?

    @Option(help: "Connections to ingest, each with one buyer at a time; by default one for each buyer, at most 1000.")
    var concurrency: Int?

    func validate() throws {
        guard TargetAddress(url: url) != nil else { throw ValidationError("--url takes an address like http://127.0.0.1:4000.") }
        guard (1...1_000_000).contains(buyers) else { throw ValidationError("--buyers takes a number from 1 to 1000000.") }
        guard (0...1_000_000).contains(stock) else { throw ValidationError("--stock takes a number from 0 to 1000000.") }
        guard (1...10_000).contains(concurrency ?? 1) else {
            throw ValidationError("--concurrency takes a number from 1 to 10000.")
        }
    }

    func run() async throws {
        let console = Console()
        var settings = SettingsReader.ofProcess()
        let configured = settings.secret("STOREFRONT_ADMIN_TOKEN", "The token that may change products.")
        guard let token = token ?? configured else {
            throw ValidationError(
                "No token to add a product with: set STOREFRONT_ADMIN_TOKEN to what ingest has, or give --token."
            )
        }
        let address = databaseURL ?? DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:)).url
        if databaseURL == nil { try settings.finish() }
        let target = TargetAddress(url: url) ?? TargetAddress(host: "127.0.0.1", port: 4_000)
        var load = HTTPLoad(host: target.host, port: target.port, connections: concurrency ?? min(buyers, 1_000))
        load.responseTimeout = .seconds(30)
        let sale = FlashSale(
            buyers: buyers,
            stock: stock,
            token: token,
            load: load,
            target: target,
            database: try PostgresConfiguration(url: address),
            logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        )
        console.show("Flash sale: \(buyers) buyers, stock \(stock)")
        let outcome = try await sale.run(console)
        console.show(outcome.summary)
        let holds = console.verdict(outcome.assertions)
        if outcome.wasInterrupted { throw ExitCode(130) }
        if !holds { throw ExitCode.failure }
    }
}
