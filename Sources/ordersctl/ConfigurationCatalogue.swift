import ArgumentParser
import ConsoleAPI
import Ingest
import Orchestration
import Postgres
import Queues
import Redis
import ServiceRuntime
import Storefront

/// Every setting of every process and library, under the headings of the documentation.
enum ConfigurationCatalogue {
    /// Who reads settings.
    enum Service: String, CaseIterable, ExpressibleByArgument {
        case ingest
        case orchestrator
        case console

        fileprivate var adminPort: Int {
            switch self {
            case .ingest: 4_001
            case .orchestrator: 4_002
            case .console: 4_101
            }
        }
    }

    /// Names that are read before there are settings, or by tools around the processes.
    private static let outside: Set = ["ORDERS_LOCAL_DIR", "SECRETS_DIRECTORY", "TEST_DATABASE_URL", "TEST_REDIS_URL"]

    /// Reads what these services read, once; a library's settings are added here with one more line.
    static func sections(
        of services: [Service] = Service.allCases,
        settings: inout SettingsReader
    ) -> [ConfigurationReference.Section] {
        var sections: [ConfigurationReference.Section] = []
        var described = 0

        func add(
            _ title: String,
            of readers: [Service] = Service.allCases,
            note: String? = nil,
            read: (inout SettingsReader) -> Void
        ) {
            guard services.contains(where: readers.contains) else { return }
            read(&settings)
            sections.append(.init(title: title, note: note, settings: Array(settings.settings[described...])))
            described = settings.settings.count
        }

        let ports = services.map { "\($0.adminPort) (\($0.rawValue))" }.joined(separator: ", ")
        add("Every process") {
            _ = ServiceConfiguration(
                settings: &$0,
                adminPort: services.first?.adminPort ?? 0,
                adminPortNote: services.count == 1 ? nil : ports
            )
        }
        add("PostgreSQL") { _ = DatabaseSettings(settings: &$0, as: PostgresConfiguration.init(url:)) }
        add("Redis") { _ = RedisSettings(settings: &$0) { try RedisConfiguration(url: $0) } }
        add("Streams") { _ = DoorbellStreams(settings: &$0) }
        add("ingest", of: [.ingest]) { _ = IngestConfiguration(settings: &$0) }
        add("Storefront (ingest)", of: [.ingest]) { _ = StorefrontConfiguration(settings: &$0) }
        add(
            "orchestrator, console and ordersctl: the same everywhere",
            of: [.orchestrator, .console],
            note: """
                Orchestrators keep to these; the console and `ordersctl explain`, `rebuild` and `verify` explain, fold and check by \
                them. Where they differ, a rebuild undoes what the orchestrators decide, and a check judges by a limit that nobody \
                kept to; and a courier's word that is mapped, at the console or by `ordersctl statuses map`, books and tells by \
                them. Give them to every orchestrator, to the console and to the shell of the operator alike.
                """
        ) { _ = OrderRules(settings: &$0) }
        add("orchestrator", of: [.orchestrator]) {
            _ = OrchestratorConfiguration(settings: &$0, defaultName: "the name of the host")
        }
        add("console", of: [.console]) { _ = ConsoleConfiguration(settings: &$0) }
        return sections
    }

    /// The names that mean something to any process.
    static func knownNames() -> Set<String> {
        var settings = SettingsReader.ofProcess()
        _ = sections(settings: &settings)
        return outside.union(settings.settings.map(\.key))
    }
}
