import ArgumentParser
import ChaosKit
import Logging
import Orchestration
import ServiceLifecycle
import ServiceRuntime
import UnixSignals

/// The outside world, for tests and for playing.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Plays the outside world: a courier service and the Shopify Admin API on one port.",
        discussion: """
            The courier service keeps to docs/courier-api.md, the Admin API knows the six operations that orders are told \
            about. Every call is checked: GET /sandbox/report shows at most one label a reference, no blind retry, no window \
            with too many calls; POST /sandbox/faults {"faults":[…]} changes the weather.

            A fault is \(SandboxFault.grammar).
            """
    )

    @Option(help: "The address to listen on; the sandbox has no sign-in, so keep it off public networks.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on. (default: \(OutboundConfiguration.sandboxPort))")
    var port: Int?

    @Option(help: "The address of ingest, such as http://127.0.0.1:4000; parcels move and couriers call back there.")
    var callbacksTo: String?

    @Option(name: .customLong("fault"), help: "Something that goes wrong; may be given several times.")
    var faults: [String] = []

    @Option(name: .customLong("limit"), help: "Calls allowed in every window, such as shopify=2/1s; may be given several times.")
    var limits: [String] = []

    @Option(help: "Time between two scans of a parcel, such as 500ms.")
    var pace = "500ms"

    @Option(help: "The share of parcels that come back.")
    var returned = 0.1

    @Option(help: "The budget of a shop at the Admin API: points / points that flow back a second.")
    var budget = "2000/100"

    @Option(help: "Chooses fates of calls and parcels; the same seed deals the same ones.")
    var seed: UInt64 = 1

    @Flag(help: "Show what a running sandbox has seen, and exit: the one on --port, else that of SANDBOX_URL or “ordersctl up”.")
    var report = false

    func validate() throws {
        guard (1...65_535).contains(port ?? 1) else { throw ValidationError("--port takes a number from 1 to 65535.") }
        for fault in faults where SandboxFault(fault) == nil {
            throw ValidationError("--fault does not understand “\(fault)”: it takes \(SandboxFault.grammar).")
        }
        for limit in limits where CallLimit(limit) == nil {
            throw ValidationError("--limit does not understand “\(limit)”: it takes scope=calls/time, such as shopify=2/1s.")
        }
        guard Duration(written: pace).map({ $0 > .zero }) == true else {
            throw ValidationError("--pace takes a time like 500ms.")
        }
        guard (0...1).contains(returned) else { throw ValidationError("--returned takes a number from 0 to 1.") }
        guard parsedBudget != nil else { throw ValidationError("--budget takes two numbers like 2000/100.") }
        guard callbacksTo.map({ TargetAddress(url: $0) != nil }) ?? true else {
            throw ValidationError("--callbacks-to takes an address like http://127.0.0.1:4000.")
        }
    }

    func run() async throws {
        let console = Console(showsProgress: false)
        if report { return try await showReport(console) }
        var settings = SettingsReader.ofProcess()
        var options = SandboxOptions()
        options.host = host
        options.port = port ?? options.port
        options.seed = seed
        options.faults = faults.compactMap { SandboxFault($0) }
        options.limits = limits.compactMap { CallLimit($0) }
        options.callbacksTo = callbacksTo.flatMap { TargetAddress(url: $0) }.map { "http://\($0.hostHeader)" }
        options.courierSecret = settings.secrets("COURIER_NATIVE_SECRET", "Secrets or tokens of native callbacks.").first ?? ""
        options.pace = Duration(written: pace) ?? options.pace
        options.returned = returned
        options.budget = parsedBudget ?? options.budget
        if callbacksTo != nil, options.courierSecret.isEmpty {
            throw ValidationError("No secret to sign callbacks with: set COURIER_NATIVE_SECRET to what ingest has.")
        }
        var logger = Logger(label: "sandbox")
        logger.logLevel = .warning
        let sandbox = Sandbox(
            options: options,
            logger: logger,
            onStart: { [host, seed] port in console.show("The sandbox listens on http://\(host):\(port), seed \(seed).") }
        )
        let group = ServiceGroup(
            configuration: .init(
                services: sandbox.services.map { .init(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
        if !console.verdict(sandbox.report().assertions) { throw ExitCode.failure }
    }

    private func showReport(_ console: Console) async throws {
        var settings = SettingsReader.ofProcess()
        let configured = OutboundConfiguration.sandboxURL(settings: &settings)
        try settings.finish()
        let url = port.map { "http://127.0.0.1:\($0)" } ?? configured
        guard let verdict = await SandboxVerdict.ask(url) else {
            console.note("No sandbox answers at \(url).")
            throw ExitCode.failure
        }
        console.show(verdict.summary)
        if !console.verdict(verdict.assertions) { throw ExitCode.failure }
    }

    private var parsedBudget: (maximum: Double, restoreRate: Double)? {
        let parts = budget.split(separator: "/").map { Double($0) }
        guard parts.count == 2, let maximum = parts[0], let rate = parts[1], maximum >= 10, rate > 0 else { return nil }
        return (maximum, rate)
    }
}
