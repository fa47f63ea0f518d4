import ArgumentParser
import ChaosKit
import FoundationEssentials
import Orders

/// The histories of many orders, shuffled, with duplicates.
struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Sends the shuffled histories of many orders, some webhooks twice.",
        discussion: """
            Every order is created, updated, paid and cancelled, and all of it arrives in a random order. In the end each \
            webhook must be stored once and audited once, and each order must be in the one state that its \
            webhooks give in any order: the expected state is computed here, with another shuffle.
            """
    )

    @Option(help: "Deliveries in total.")
    var webhooks = 20_000

    @Option(help: "How many orders.")
    var orders = 5_000

    @Option(help: "The share of deliveries that repeat another one.")
    var duplicates = 0.1

    @Option(help: "The shop the webhooks come from.")
    var shop = "chaos.myshopify.com"

    @Option(help: "Chooses the orders and everything about them; by default a new one each time.")
    var seed: UInt64?

    @Option(help: "Size of the bodies: minimal, realistic (2 to 4 KB) or full (about 10 KB).")
    var bodies = BodySize.realistic

    @OptionGroup var sender: SenderOptions

    func validate() throws {
        guard (1...1_000_000).contains(webhooks) else { throw ValidationError("--webhooks takes a number from 1 to 1000000.") }
        guard (1...1_000_000).contains(orders) else { throw ValidationError("--orders takes a number from 1 to 1000000.") }
        guard (0...0.9).contains(duplicates) else { throw ValidationError("--duplicates takes a share from 0 to 0.9.") }
    }

    func run() async throws {
        let console = Console()
        var storm = Storm(shop: shop, seed: seed ?? SenderOptions.seedOfNow())
        storm.webhooks = webhooks
        storm.orders = orders
        storm.duplicates = duplicates
        storm.size = bodies
        console.show("Storm: \(webhooks) webhooks about \(orders) orders of \(shop), seed \(storm.seed)")

        let signer = try sender.signer()
        let now = Instant(Date.now)
        let deliveries = try storm.deliveries().map {
            try Delivery($0, host: sender.target.hostHeader, signer: signer, at: now)
        }
        let outcome = try await sender.run(console).run(deliveries) { [storm] in storm.refusal(before: $0) }
        try sender.report(outcome, storm.assertions(outcome), console)
    }
}
