/// Which PostgreSQL the process uses.
///
/// Keys: `DATABASE_URL`, or `DB_CONNECTION`, `DB_HOST`, `DB_PORT`, `DB_USERNAME`, `DB_PASSWORD`, `DB_DATABASE`, `DB_SSL_CA`. The URL
/// wins over the parts. When none of them is set, the private server of ``LocalServersFile`` is used, except in production.
package struct DatabaseSettings: Sendable {
    /// The server as a `postgresql://` URL that libpq accepts, credentials included: never log it.
    package var url: String
    /// Whether it is the private server that `ordersctl up` started.
    package var isLocal: Bool

    /// The keys any of which makes the database count as configured.
    package static let keys = ["DATABASE_URL"] + partKeys
    private static let partKeys = ["DB_HOST", "DB_PORT", "DB_USERNAME", "DB_PASSWORD", "DB_DATABASE", "DB_SSL_CA"]

    private enum Connection: String, CaseIterable {
        case postgres
    }

    /// Reads the settings; the URL is empty when a fault was recorded.
    ///
    /// - Parameter reading: what the client makes of a URL; its error says what is wrong, without the URL.
    package init<Address>(settings: inout SettingsReader, as reading: (String) throws -> Address) {
        let given = settings.url(
            "DATABASE_URL",
            schemes: ["postgresql", "postgres"],
            as: reading,
            defaultNote: "put together from the DB_ keys, else the private local server",
            "The PostgreSQL server and database."
        )
        _ = settings.choice(
            "DB_CONNECTION",
            default: Connection.postgres,
            "The kind of database; nothing but postgres is supported."
        )
        let assembled = Self.assembledURL(settings: &settings)
        let local = settings.url(
            LocalServersFile.databaseKey,
            schemes: ["postgresql"],
            "Written by `ordersctl up` to `.local/servers.env`; do not set it yourself."
        )
        isLocal = false
        if settings.isSet("DATABASE_URL") {
            url = given ?? ""
        } else if Self.partKeys.contains(where: settings.isSet) {
            url = assembled
        } else {
            isLocal = true
            url = settings.localServer("DATABASE_URL", url: local)
        }
    }

    private static func assembledURL(settings: inout SettingsReader) -> String {
        let host = settings.string("DB_HOST", default: "127.0.0.1", "The host of PostgreSQL, or the folder of its socket.")
        let port = settings.int("DB_PORT", default: 5432, in: 1...65_535, "The port of PostgreSQL.")
        let user = settings.string("DB_USERNAME", default: "postgres", "The PostgreSQL user.")
        let password = settings.secret("DB_PASSWORD", "The password of the PostgreSQL user.")
        let database = settings.string("DB_DATABASE", default: "orders", "The PostgreSQL database.")
        let authority = settings.string(
            "DB_SSL_CA",
            "A file with the certificates to trust; when set, TLS and a matching host name are required."
        )
        let credentials = URLText.escaped(user) + (password.map { ":\(URLText.escaped($0))" } ?? "")
        var url = "postgresql://\(credentials)@"
        url += host.hasPrefix("/") ? URLText.escaped(host) : URLText.host(host)
        url += ":\(port)/\(URLText.escaped(database))"
        if let authority { url += "?sslmode=verify-full&sslrootcert=\(URLText.escaped(authority))" }
        return url
    }
}
