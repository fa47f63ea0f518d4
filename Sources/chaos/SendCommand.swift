import ArgumentParser
import ChaosKit
import FoundationEssentials
import Orders
import ServiceRuntime

/// Recorded bodies, signed anew.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Sends recorded bodies, such as those in chaos/samples.",
        discussion: """
            Headers are taken from <name>.headers.json in the folder of the file or in the folder headers beside it. Every body is \
            signed anew with the secret of its sender: --secret, else SHOPIFY_WEBHOOK_SECRETS or \
            COURIER_<PROVIDER>_SECRET; without one the recorded signature is sent.
            """
    )

    @Argument(help: "The bodies, one file each; headers files among them are skipped.")
    var files: [String]

    @Option(help: "The topic, such as orders/create, instead of the recorded one.")
    var topic: String?

    @Option(help: "The shop instead of the recorded one.")
    var shop: String?

    @Option(help: "Send as a callback of this courier: native, bosta, easypost, shippo, aftership or dhl.")
    var provider: String?

    @Option(name: .customLong("webhook-id"), help: "The webhook id instead of the recorded one.")
    var webhookID: String?

    @OptionGroup var sender: SenderOptions

    func validate() throws {
        if let provider, CourierProvider(provider) == nil { throw ValidationError("--provider does not know “\(provider)”.") }
    }

    func run() async throws {
        let console = Console()
        let overrides = RecordedFile.Overrides(
            topic: topic,
            shop: shop,
            webhookID: webhookID,
            provider: provider.flatMap { CourierProvider($0) }
        )
        let now = Instant(Date.now)
        var settings = SettingsReader.ofProcess()
        let defaultShop = settings.string(
            "SHOPIFY_DEFAULT_SHOP",
            default: "default.myshopify.com",
            "The shop of webhooks that name none."
        )
        let recorded = try files.filter { !$0.hasSuffix(".headers.json") }.map {
            try RecordedFile(path: $0, overrides: overrides)
        }
        let deliveries = try recorded.map { file in
            try file.delivery(
                host: sender.target.hostHeader,
                signature: signature(of: file, at: now),
                defaultShop: defaultShop,
                at: now
            )
        }
        let outcome = try await sender.run(console).run(deliveries)
        for (index, file) in recorded.enumerated() {
            console.show("  \(file.path): \(outcome.load.outcomes[index]) \(outcome.load.bodies[index])")
        }
        let statuses: Set = ["processed", "discarded", "parked", "unmapped"]
        try sender.report(outcome, outcome.answers + outcome.check.delivery(statuses: statuses), console)
    }

    /// The header that signs the file anew; nil when no secret is known.
    private func signature(of file: RecordedFile, at time: Instant) -> (name: String, value: String)? {
        if let courier = file.courier { return sender.signer(of: courier)?.header(for: file.body, at: time) }
        return sender.knownSecret().map { ("X-Shopify-Hmac-Sha256", ShopifySigner(secret: $0).signature(of: file.body)) }
    }
}
