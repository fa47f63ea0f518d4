import ArgumentParser
import ChaosKit
import FoundationEssentials
import Orders

/// Many conflicting webhooks to one order at once.
struct BurstCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "burst",
        abstract: "Sends conflicting webhooks about one order at the same moment.",
        discussion: """
            All webhooks name the same order and the same second; status, price and milliseconds differ. However they are \
            shuffled on the way, there must be one order, one version and one audit row for each webhook, and the \
            state of the newest one. A second run with the same order sends the same webhooks again: they are \
            retries then, and nothing may change. Use --fresh for a new order.
            """
    )

    @Option(help: "How many webhooks.")
    var count = 100

    @Option(help: "The id of the order.")
    var order = "order_chaos_test_12345"

    @Flag(help: "Take an order that nobody has used.")
    var fresh = false

    @Option(help: "The shop the webhooks come from.")
    var shop = "chaos.myshopify.com"

    @Option(help: "Chooses statuses, prices and times; the same seed sends the same webhooks.")
    var seed: UInt64 = 12_345

    @Option(help: "Size of the bodies: minimal, realistic (2 to 4 KB) or full (about 10 KB).")
    var bodies = BodySize.minimal

    @OptionGroup var sender: SenderOptions

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count takes a number from 1 to 100000.") }
        guard OrderReference.isText(order) else {
            throw ValidationError("--order takes up to \(OrderAddress.maxLength) printable characters.")
        }
    }

    func run() async throws {
        let console = Console()
        var burst = Burst(shop: shop, seed: seed)
        burst.count = count
        burst.order = fresh ? "order_chaos_\(SenderOptions.seedOfNow())" : order
        burst.size = bodies
        console.show("Burst: \(count) webhooks about order \(burst.order) of \(shop), seed \(seed)")

        let signer = try sender.signer()
        let now = Instant(Date.now)
        let deliveries = try burst.webhooks().map {
            try Delivery($0, host: sender.target.hostHeader, signer: signer, at: now)
        }
        let outcome = try await sender.run(console, connections: min(count, 1_000)).run(deliveries) { [burst] in
            burst.refusal(deliveries, before: $0)
        }
        if burst.isRepetition(before: outcome.before) {
            console.show(
                "All of these webhooks were delivered by an earlier run: now they are retries, and nothing may change. "
                    + "For a new order use --fresh."
            )
        }
        try sender.report(outcome, burst.assertions(outcome), console)
    }
}
