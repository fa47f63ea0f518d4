import ArgumentParser
import ChaosKit
import FoundationEssentials
import Logging
import Orders
import Postgres
import ServiceRuntime

/// A window of real deliveries as a file that may leave the house.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Captures a window of deliveries from the event store into one file, without personal data.",
        discussion: """
            Names, addresses, e-mail addresses and telephone numbers are replaced, each always by the same: the bodies merge as \
            before. What couriers' bookings and operators brought about is left out; only what came over HTTP can be delivered \
            again. “chaos replay” delivers the file, “chaos prove” shuffles it.
            """
    )

    @Argument(help: "The file to write.")
    var file: OutputFile

    @Option(help: "The first moment, such as 2026-01-18T18:00:00Z.")
    var from: String

    @Option(help: "The moment after the last one.")
    var to: String

    @Option(help: "Replaces personal data the same way in every recording made with it; by default a new one each time.")
    var key: String?

    @Option(help: "The database, as postgresql://…; by default the one the services use.")
    var databaseURL: String?

    func validate() throws {
        try file.validate()
        for text in [from, to] where Instant(iso8601: text) == nil {
            throw ValidationError("“\(text)” is no moment; it takes one like 2026-01-18T18:00:00Z.")
        }
        if let start = Instant(iso8601: from), let end = Instant(iso8601: to), end <= start {
            throw ValidationError("--to must lie behind --from.")
        }
    }

    func run() async throws {
        guard let start = Instant(iso8601: from), let end = Instant(iso8601: to) else { return }
        var generator = SystemRandomNumberGenerator()
        let secret = key.map { Array($0.utf8) } ?? (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var address = databaseURL
        if address == nil {
            var settings = SettingsReader.ofProcess()
            address = DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:)).url
            try settings.finish()
        }
        var database = try PostgresConfiguration(url: address ?? "")
        database.applicationName = "chaos-record"
        database.statementTimeout = .seconds(120)
        database.responseTimeout = .seconds(130)
        let connection = try await PostgresConnection.connect(database, logger: Logger(label: "chaos"))
        let recorder = Recorder(Pseudonyms(key: secret))
        let recording = try await connection.run { try recorder.record(from: start, to: end, on: $0) }
        await connection.close()
        let bytes: [UInt8] = recording.lines.reduce(into: []) { $0 += $1 + [10] }
        try file.write(bytes)
        let repeatable = recording.orders.count { $0.isRepeatable }
        let console = Console()
        console.show(
            "\(recording.deliveries.count) deliveries about \(recording.orders.count) orders in \(file.path), \(bytes.count) bytes."
        )
        if repeatable < recording.orders.count {
            console.show(
                "\(recording.orders.count - repeatable) orders have events that only their arrival dates: no replay repeats that."
            )
        }
    }
}
