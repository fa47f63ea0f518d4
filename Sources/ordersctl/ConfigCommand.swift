import ArgumentParser
import ServiceRuntime

/// Shows and checks the configuration.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Checks and documents the configuration.",
        subcommands: [Check.self, Docs.self]
    )

    /// Prints the effective values, and what is wrong with them.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the effective values with secrets hidden; exits with 78 when something is wrong."
        )

        @Option(
            name: .customLong("for"),
            help: "What this process reads: ingest, orchestrator or console; by default all, as on a host that runs them all."
        )
        var service: ConfigurationCatalogue.Service?

        func run() async throws {
            var settings = SettingsReader.ofProcess()
            let services = service.map { [$0] } ?? ConfigurationCatalogue.Service.allCases
            let sections = ConfigurationCatalogue.sections(of: services, settings: &settings)
            for section in sections where section.settings.contains(where: { $0.shownValue != nil }) {
                let rows = section.settings.filter { $0.shownValue != nil }.map { setting in
                    [setting.key, "= \(setting.shownValue ?? "")", setting.isSet ? "" : "(default)"]
                }
                Terminal.show("\(section.title)\n\(Terminal.table(rows))\n")
            }
            let known = ConfigurationCatalogue.knownNames()
            for name in settings.fileNames.subtracting(known).sorted() {
                let meant = NearestName.to(name, among: known).map { "did you mean \($0)?" } ?? "is it a typing error?"
                settings.refuse(name, because: "stands in .env, but nothing reads it; \(meant)")
            }
            do {
                try settings.finish()
            } catch {
                Terminal.note("\(error)")
                throw ExitCode(ExitStatus.configuration)
            }
            Terminal.note("The configuration is sound.")
        }
    }

    /// Prints the page `docs/configuration.md`.
    struct Docs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the documentation of every key as Markdown.")

        func run() async throws {
            var settings = SettingsReader(layers: [[:]])
            Terminal.show(ConfigurationReference(sections: ConfigurationCatalogue.sections(settings: &settings)).markdown)
        }
    }
}
