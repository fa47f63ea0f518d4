import ArgumentParser
import ChaosKit
import FoundationEssentials
import Logging
import Orders
import ServiceRuntime

/// The claim of the product, tested.
struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Proves that arrival order, duplicates, replicas and crashes make no difference.",
        discussion: """
            Starts PostgreSQL, Redis, ingest and orchestrators of its own and delivers one set of events in many arrival orders, each \
            to orders of its own, while a schedule of faults kills, pauses, empties, slows and cuts everything. In the \
            end nothing may be lost, nothing doubled, and every arrival order must have one state: that of the pure fold. The \
            seed replays the data, the arrival orders and the schedule.

            Faults: \(FaultKind.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Argument(help: "A file of chaos/scenarios, or one written by “chaos record”; without it the events are made from the seed.")
    var events: String?

    @Option(help: "Chooses events, arrival orders and faults; by default a new one each time.")
    var seed: UInt64?

    @Option(help: "In how many orders the events arrive.")
    var arrivalOrders = 1_000

    @Option(help: "Orders that the generated events are about.")
    var orders = 3

    @Option(help: "Orchestrators.")
    var replicas = 2

    @Option(help: "Seconds over which the deliveries are spread.")
    var duration = 300

    @Option(help: "How many faults come in that time.")
    var faults = 32

    @Option(name: .customLong("fault"), help: "Only faults of this kind; may be given several times.")
    var kinds: [FaultKind] = []

    @Option(help: "Multiplies how long each fault holds.")
    var faultScale = 1.0

    @Option(help: "How many times its bound a recovery may take: for a machine that is slow, or has other work.")
    var slack = 1

    @Option(help: "Connections of the sender.")
    var connections = 32

    @Flag(help: "Book couriers and tell shops, at a sandbox that checks its callers.")
    var booking = false

    @Option(name: .customLong("setting"), help: "A setting of the services, as KEY=value; may be given several times.")
    var settings: [String] = []

    @Option(help: "Keep the servers' data and all logs in this folder, which must not exist yet.")
    var keep: String?

    @Option(help: "Write the report to this file as JSON.")
    var json: OutputFile?

    func validate() throws {
        try json?.validate()
        guard (1...90_000).contains(arrivalOrders) else {
            throw ValidationError("--arrival-orders takes a number from 1 to 90000.")
        }
        guard (1...1_000).contains(orders) else { throw ValidationError("--orders takes a number from 1 to 1000.") }
        guard (1...16).contains(replicas) else { throw ValidationError("--replicas takes a number from 1 to 16.") }
        guard (1...86_400).contains(duration) else { throw ValidationError("--duration takes a number from 1 to 86400.") }
        guard (0...10_000).contains(faults) else { throw ValidationError("--faults takes a number from 0 to 10000.") }
        guard (0.01...100).contains(faultScale) else { throw ValidationError("--fault-scale takes a number from 0.01 to 100.") }
        guard (1...100).contains(slack) else { throw ValidationError("--slack takes a number from 1 to 100.") }
        guard (1...1_000).contains(connections) else { throw ValidationError("--connections takes a number from 1 to 1000.") }
        guard settings.allSatisfy({ $0.contains("=") }) else { throw ValidationError("--setting takes KEY=value.") }
    }

    func run() async throws {
        let console = Console()
        var stack = StackOptions(programs: try ProgramFolder.ofThisProcess())
        let seed = seed ?? SenderOptions.seedOfNow()
        stack.replicas = replicas
        stack.booking = booking
        stack.seed = seed
        stack.folder = try keep.map(Self.absolute)
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            stack.settings[parts[0]] = parts[1]
        }
        var options = ProveOptions(stack: stack)
        options.seed = seed
        options.arrivalOrders = arrivalOrders
        options.duration = .seconds(duration)
        options.faults = faults
        options.kinds = kinds.isEmpty ? FaultKind.allCases : kinds
        options.faultScale = faultScale
        options.slack = slack
        options.connections = connections
        let set = try events.map { try EventSet(path: $0) } ?? GeneratedEvents(orders: orders, seed: seed, booking: booking).set()
        console.show("Prove: \(set.name), \(arrivalOrders) arrival orders, \(replicas) orchestrators, seed \(seed)")

        let run = ProveRun(
            set,
            options: options,
            console: console,
            logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() },
            now: { Instant(Date.now) }
        )
        let report = try await Interruptible.run { try await run.run() }.value
        console.show(report.text)
        let holds = console.verdict(report.assertions)
        if !holds { console.show("Replay it with --seed \(seed).") }
        try json?.write(report.json)
        if !holds { throw ExitCode.failure }
    }
}

extension ProveCommand {
    private static func absolute(_ folder: String) throws -> String {
        guard !FileManager.default.fileExists(atPath: folder) else { throw ValidationError("\(folder) exists already.") }
        return folder.hasPrefix("/") ? folder : "\(FileManager.default.currentDirectoryPath)/\(folder)"
    }
}

extension FaultKind: ExpressibleByArgument {}
