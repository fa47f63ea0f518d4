import ArgumentParser
import ChaosKit
import FoundationEssentials
import Orders

/// A recording, delivered again.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Delivers a recording bit by bit, in its order, and compares the state hashes with those recorded.",
        discussion: """
            The stack must know nothing about these orders yet. Bodies are signed anew, by --secret or the first of \
            SHOPIFY_WEBHOOK_SECRETS; --concurrency gives up the order for speed, which must make no difference.
            """
    )

    @Argument(help: "A file written by “chaos record”.")
    var file: String

    @OptionGroup var sender: SenderOptions

    func run() async throws {
        let console = Console()
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("\(file) cannot be read.")
        }
        let recording = try Recording(lines: data.split(separator: 10).map { Array($0) })
        guard let known = sender.knownSecret() else {
            throw ValidationError("No secret to sign with: set SHOPIFY_WEBHOOK_SECRETS to what ingest has, or give --secret.")
        }
        let now = Instant(Date.now)
        let deliveries = try recording.deliveries.map { delivered in
            try delivered.draft.delivery(
                host: sender.target.hostHeader,
                shopify: ShopifySigner(secret: known),
                courier: { sender.signer(of: $0) ?? CourierSigner(provider: $0, secret: known) },
                at: now
            )
        }
        console.show("Replay: \(deliveries.count) deliveries about \(recording.orders.count) orders")
        let outcome = try await sender.run(console, connections: 1).run(deliveries) { RecordedOutcome.refusal(before: $0) }
        let compared = RecordedOutcome(recording: recording, observed: outcome.check.observed.orders)
        let statuses: Set = ["processed", "discarded", "duplicate", "parked", "unmapped"]
        try sender.report(outcome, outcome.answers + outcome.check.delivery(statuses: statuses) + compared.assertions, console)
    }
}
