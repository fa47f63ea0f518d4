import ArgumentParser
import ChaosKit
import FoundationEssentials
import Logging
import Orders
import Postgres
import ServiceRuntime

/// What all commands that send webhooks share.
struct SenderOptions: ParsableArguments {
    @Option(help: "The address of ingest.")
    var url = "http://127.0.0.1:4000"

    @Option(help: "The secret that signs the webhooks; by default the first of SHOPIFY_WEBHOOK_SECRETS.")
    var secret: String?

    @Option(
        help:
            "The database that is looked into, as postgresql://…; by default the one the services use (DATABASE_URL or “ordersctl up”)."
    )
    var databaseURL: String?

    @Option(
        help:
            "Connections to ingest, each with one webhook at a time; by default 64, for a burst one for each webhook, at most 1000."
    )
    var concurrency: Int?

    @Option(help: "Seconds that the orchestrators may take after the last answer.")
    var deadline = 60

    @Flag(help: "Send a webhook again when it meets a 5xx answer or a broken connection, as Shopify does.")
    var retry = false

    func validate() throws {
        guard TargetAddress(url: url) != nil else { throw ValidationError("--url takes an address like http://127.0.0.1:4000.") }
        guard (1...10_000).contains(concurrency ?? 1) else {
            throw ValidationError("--concurrency takes a number from 1 to 10000.")
        }
        guard (1...3_600).contains(deadline) else { throw ValidationError("--deadline takes a number from 1 to 3600.") }
    }

    /// Where the webhooks go.
    var target: TargetAddress { TargetAddress(url: url) ?? TargetAddress(host: "127.0.0.1", port: 4_000) }

    /// The secret to sign with, if any is known.
    func knownSecret() -> String? {
        var settings = SettingsReader.ofProcess()
        return secret ?? settings.secrets("SHOPIFY_WEBHOOK_SECRETS", "Secrets that sign Shopify webhooks.").first
    }

    /// The signer of a courier's callbacks, if its secret is known.
    func signer(of courier: CourierProvider) -> CourierSigner? {
        var settings = SettingsReader.ofProcess()
        let key = "COURIER_\(courier.rawValue.uppercased())_SECRET"
        let known = settings.secrets(key, "Secrets or tokens of \(courier.rawValue) callbacks.").first
        let header = settings.string("COURIER_BOSTA_HEADER", default: "Authorization", "The header that carries Bosta's token.")
        return (secret ?? known).map { CourierSigner(provider: courier, secret: $0, bostaHeader: header) }
    }

    /// The signer of Shopify webhooks.
    func signer() throws -> ShopifySigner {
        guard let secret = knownSecret() else {
            throw ValidationError(
                "No secret to sign with: set SHOPIFY_WEBHOOK_SECRETS to what ingest has (in the environment or .env), or give --secret."
            )
        }
        return ShopifySigner(secret: secret)
    }

    /// The run that sends, waits and looks; `connections` is what --concurrency says when it says nothing.
    func run(_ console: Console, connections: Int = 64) throws -> ScenarioRun {
        let address: String
        if let databaseURL {
            address = databaseURL
        } else {
            var settings = SettingsReader.ofProcess()
            address = DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:)).url
            try settings.finish()
        }
        var load = HTTPLoad(host: target.host, port: target.port, connections: concurrency ?? connections)
        load.keepsBodies = true
        if retry {
            load.retry = RetryPolicy()
            load.unreachableTimeout = .seconds(30)
        }
        return ScenarioRun(
            load: load,
            database: try PostgresConfiguration(url: address),
            console: console,
            deadline: .seconds(deadline),
            logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Prints the outcome; the exit status is 130 after Ctrl-C and 1 when an assertion does not hold.
    func report(_ outcome: ScenarioRun.Outcome, _ assertions: [Assertion], _ console: Console) throws {
        console.show(outcome.summary)
        let holds = console.verdict(assertions)
        if outcome.wasInterrupted {
            console.show("Interrupted: the assertions are about what was sent until then.")
            throw ExitCode(130)
        }
        if !holds { throw ExitCode.failure }
    }

    /// A seed nobody chose: the time.
    static func seedOfNow() -> UInt64 {
        UInt64(Date.now.timeIntervalSince1970 * 1_000)
    }
}

extension BodySize: ExpressibleByArgument {}
