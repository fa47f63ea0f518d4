import ConsoleAPI
import Ingest
import Orchestration
import Queues
import ServiceRuntime
import Storefront

/// Every setting of every process and library, under the headings of the documentation.
enum ConfigurationCatalogue {
    /// Names that are read before there are settings, or by tools around the processes.
    private static let outside: Set = ["ORDERS_LOCAL_DIR", "SECRETS_DIRECTORY", "TEST_DATABASE_URL", "TEST_REDIS_URL"]

    /// Reads everything once; a library's settings are added here with one more line.
    static func sections(settings: inout SettingsReader) -> [ConfigurationReference.Section] {
        var sections: [ConfigurationReference.Section] = []
        var described = 0

        func add(_ title: String, read: (inout SettingsReader) -> Void) {
            read(&settings)
            sections.append(.init(title: title, settings: Array(settings.settings[described...])))
            described = settings.settings.count
        }

        add("Every process") {
            _ = ServiceConfiguration(
                settings: &$0,
                adminPort: 4_001,
                adminPortNote: "4001 (ingest), 4002 (orchestrator), 4101 (console)"
            )
        }
        add("PostgreSQL") { _ = DatabaseSettings(settings: &$0) }
        add("Redis") { _ = RedisSettings(settings: &$0) }
        add("Streams") { _ = DoorbellStreams(settings: &$0) }
        add("ingest") { _ = IngestConfiguration(settings: &$0) }
        add("Storefront (ingest)") { _ = StorefrontConfiguration(settings: &$0) }
        add("orchestrator") { _ = OrchestratorConfiguration(settings: &$0, defaultName: "the name of the host") }
        add("console") { _ = ConsoleConfiguration(settings: &$0) }
        return sections
    }

    /// The names that mean something to a process.
    static func knownNames(of settings: SettingsReader) -> Set<String> {
        outside.union(settings.settings.map(\.key))
    }
}
