import Ingest
import Orchestration
import Orders
import Postgres
import Redis

@testable import ServiceRuntime

extension FuzzTarget {
    /// Settings: every fault is named and none is repeated with a secret in it.
    static let configuration = FuzzTarget(
        name: "configuration",
        dictionary: [
            "\nexport ", "DATABASE_URL=", "postgresql://", "rediss://", "@[::1]:99999/", "DB_PORT=",
            "QUEUE_DEFAULT_BACKOFF_TYPE=",
            "SHOPIFY_VERIFY=off", "COURIER_BOSTA_AUTH=none", "PORT=-1", "'\"", "%00", "APP_ENV=production", "REDIS_URL=", "=\n",
        ]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let file = EnvironmentFile(text: text)
        var variables = file.variables
        for key in ["DB_PASSWORD", "REDIS_PASSWORD", "SHOPIFY_WEBHOOK_SECRETS"] where variables[key] == nil {
            variables[key] = secret
        }
        let tail = variables["PORT"] ?? String(text.prefix(40))
        variables["DATABASE_URL"] = variables["DATABASE_URL"] ?? "postgresql://user:\(secret)@\(tail)"
        variables["REDIS_URL"] = variables["REDIS_URL"] ?? "redis://user:\(secret)@\(tail)"
        var settings = SettingsReader(layers: [variables])
        _ = ServiceConfiguration(settings: &settings, adminPort: 4_001)
        let database = DatabaseSettings(settings: &settings, as: { $0 })
        let redis = RedisSettings(settings: &settings, as: { $0 })
        _ = IngestConfiguration(settings: &settings)
        _ = OrchestratorConfiguration(settings: &settings, defaultName: "fuzz")
        let shown = settings.settings.compactMap(\.shownValue).joined(separator: "\n")
        try hold(!shown.contains(secret), "a secret is shown")
        var words = "\(file.badLines.isEmpty) "
        do {
            try settings.finish()
        } catch let error as ConfigurationError {
            try hold(!error.description.contains(secret), "a secret shows in \(error)")
            try hold(error.faults.allSatisfy { !$0.key.isEmpty && !$0.reason.isEmpty }, "a fault without a place")
            words += error.faults.map(\.key).sorted().prefix(3).joined(separator: ",")
        }
        for url in [database.url, variables["DATABASE_URL"] ?? ""] {
            do { _ = try PostgresConfiguration(url: url) } catch {
                try hold(!"\(error)".contains(secret), "a secret shows in \(error)")
            }
        }
        for url in [redis.url, variables["REDIS_URL"] ?? ""] {
            do { _ = try RedisConfiguration(url: url) } catch {
                try hold(!"\(error)".contains(secret), "a secret shows in \(error)")
            }
        }
        return words
    }

    private static let secret = "hunter2hunter2"
}
