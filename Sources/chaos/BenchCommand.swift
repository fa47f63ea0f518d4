import ArgumentParser
import ChaosKit
import FoundationEssentials
import LocalServers
import Logging
import ServiceRuntime

extension BenchRun.Part: ExpressibleByArgument {}

/// The figures this project promises, measured on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures ingest, orchestrators, calls to the outside, storefront and console on this machine, as ratios.",
        discussion: """
            Run it by “make bench”, which makes a release build and gives it private servers: it starts the other programs \
            itself, and it deletes all events of its database, so it refuses one that has any. Delivery is \
            checked in the same run; figures never fail it, lost webhooks do.
            """
    )

    @Flag(help: "A few webhooks only, to see that everything works.")
    var smoke = false

    @Option(help: "How often each figure is measured; the median is reported.")
    var repetitions: Int?

    @Option(help: "Measures this part only; can be given several times.")
    var only: [BenchRun.Part] = []

    @Option(help: "Chooses the webhooks.")
    var seed: UInt64 = 1

    func run() async throws {
        let console = Console(showsProgress: false)
        var settings = SettingsReader.ofProcess()
        let database = DatabaseSettings(settings: &settings, as: { $0 })
        let redis = RedisSettings(settings: &settings, as: { $0 })
        try settings.finish()
        var size = smoke ? BenchRig.Size.smoke : BenchRig.Size()
        if let repetitions { size.repetitions = max(1, repetitions) }

        let folder = FileManager.default.temporaryDirectory.path + "/orders-bench-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What is left when this fails is a folder in the system's temporary folder, which the system empties.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        console.show("Bench, seed \(seed), \(size.repetitions) repetitions, \(size.connections) connections, bodies of 2 to 4 KB")
        let report = try await Guardian.during(removing: folder) { [size] guardian in
            let rig = try BenchRig(
                databaseURL: database.url,
                redisURL: redis.url,
                programs: try ProgramFolder.ofThisProcess(),
                folder: folder,
                size: size,
                seed: seed,
                console: console,
                guardian: guardian,
                logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
            )
            return try await BenchRun(rig: rig, parts: only.isEmpty ? Set(BenchRun.Part.allCases) : Set(only)).run()
        }
        console.show(report.factsText)
        console.show(report.figuresText)
        if !console.verdict(report.assertions) { throw ExitCode.failure }
    }
}
