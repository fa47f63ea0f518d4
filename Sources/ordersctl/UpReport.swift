import ServiceRuntime

/// What runs where, for the operator.
struct UpReport {
    var servers: CommandServers
    var addresses: CommandServers.Addresses
    var services: [UpService]
    /// Secrets by their keys that were made up for local play.
    var secrets: [String: String]
    /// The path of the file with those secrets.
    var secretsFile: String
    /// How to sign in at the console.
    var signIn: String?

    var text: String {
        // The private servers have no passwords; configured ones may.
        let rows = [
            ["PostgreSQL", servers.databaseURL.map(URLText.withoutCredentials) ?? addresses.databaseURL],
            ["Redis", servers.redisURL.map(URLText.withoutCredentials) ?? addresses.redisURL],
        ]
        let processes = services.map { service in
            let admin = service.adminPort.map { "admin http://127.0.0.1:\($0)/readyz, /metrics" }
            return [service.name, [service.address, admin].compactMap(\.self).joined(separator: ", ")]
        }
        return """

            Everything is ready.\(addresses.folder.map { " Private servers keep their data and logs in \($0)." } ?? "")

            \(Terminal.table(rows + processes))

            \(signIn.map { "The console: \(consoleAddress), \($0)\n" } ?? "")\(secrets.isEmpty ? "" : "Secrets made up for local play are in \(secretsFile).\n")Press Ctrl-C once to stop everything.

            """
    }

    private var consoleAddress: String {
        services.first { $0.name == "console" }?.address ?? ""
    }
}
