import CLibPQ

/// Where the server is and how patient a connection is with it.
///
/// The address is parsed by libpq itself, so every keyword of its connection URIs works.
package struct PostgresConfiguration: Sendable {
    /// Shown in `pg_stat_activity`.
    package var applicationName = "orders"
    /// Schemas to search, first one first; nil leaves the server's default.
    package var searchPath: [String]?
    /// Bound on opening a connection, TLS and authentication included.
    package var connectTimeout = Duration.seconds(5)
    /// Bound on one flight, from the first byte sent to the last received; then the connection is declared lost.
    /// Longer than `statementTimeout`, so that a server that still works reports first.
    package var responseTimeout = Duration.seconds(15)
    /// Server side; nil leaves the server's default.
    package var statementTimeout: Duration? = .seconds(10)
    /// Server side; nil leaves the server's default.
    package var lockTimeout: Duration? = .seconds(5)
    /// Server side; nil leaves the server's default.
    package var idleInTransactionTimeout: Duration? = .seconds(15)
    /// For TCP only; a unix socket needs none.
    package var keepalives = Keepalives()
    /// Further settings of the server for these connections, by name, such as the planner's.
    package var serverSettings: [String: String] = [:]

    /// TCP probes on a silent connection.
    package struct Keepalives: Sendable {
        /// Silence before the first probe.
        package var idleSeconds = 5
        /// Between two probes.
        package var intervalSeconds = 2
        /// Unanswered probes after which the connection is lost.
        package var count = 3
    }

    /// libpq looks at this word when it connects only.
    private static let tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// libpq's own keywords: host, port, user, password, dbname, sslmode, …
    private var address: [String: String]

    /// From `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…`; a unix socket is `?host=/folder`.
    ///
    /// `application_name` and `connect_timeout` in the URL set the properties here.
    package init(url: String) throws(PostgresError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://"), let address = Self.parse(url) else {
            // libpq's own message may quote the password.
            throw PostgresError(.configuration, "not a PostgreSQL connection URL (postgres://user:password@host:port/database)")
        }
        if let mode = address["sslmode"], !Self.tlsModes.contains(mode) {
            throw PostgresError(.configuration, "sslmode is none of \(Self.tlsModes.joined(separator: ", "))")
        }
        self.address = address
        if let name = self.address.removeValue(forKey: "application_name") { applicationName = name }
        if let timeout = self.address.removeValue(forKey: "connect_timeout") {
            guard let seconds = Int(timeout), seconds > 0 else {
                throw PostgresError(.configuration, "connect_timeout is not a positive number of seconds")
            }
            connectTimeout = .seconds(seconds)
        }
    }

    /// From parts; `host` may be the folder of a unix socket.
    package init(host: String, port: Int = 5432, user: String, password: String? = nil, database: String) {
        address = ["host": host, "port": String(port), "user": user, "dbname": database]
        address["password"] = password
    }

    private static func parse(_ url: String) -> [String: String]? {
        // libpq returns an array that ends with a null keyword; it is freed here, after every string in it was copied.
        guard let options = unsafe PQconninfoParse(url, nil) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var address: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe address[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
        return address
    }

    /// Every keyword and value a connection is opened with.
    var keywords: [String: String] {
        var keywords = address
        keywords["application_name"] = applicationName
        keywords["client_encoding"] = "UTF8"
        keywords["options"] = ([address["options"]] + [serverOptions]).compactMap(\.self).joined(separator: " ")
        keywords["keepalives_idle"] = String(keepalives.idleSeconds)
        keywords["keepalives_interval"] = String(keepalives.intervalSeconds)
        keywords["keepalives_count"] = String(keepalives.count)
        keywords["tcp_user_timeout"] = String(responseTimeout.milliseconds)
        // Without this libpq first looks for Kerberos tickets at every connect.
        keywords["gssencmode"] = address["gssencmode"] ?? "disable"
        return keywords
    }

    /// Settings that travel in the start-up packet: no round trip, and they survive `RESET ALL`.
    private var serverOptions: String {
        var settings = [("client_min_messages", "warning")]
        if let searchPath { settings.append(("search_path", searchPath.map(Self.quoted).joined(separator: ","))) }
        if let statementTimeout { settings.append(("statement_timeout", String(statementTimeout.milliseconds))) }
        if let lockTimeout { settings.append(("lock_timeout", String(lockTimeout.milliseconds))) }
        if let idleInTransactionTimeout {
            settings.append(("idle_in_transaction_session_timeout", String(idleInTransactionTimeout.milliseconds)))
        }
        settings += serverSettings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return settings.map { "-c \($0.0)=\(Self.escaped($0.1))" }.joined(separator: " ")
    }

    private static func quoted(_ identifier: String) -> String {
        "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The server splits `options` at unescaped white space.
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { escaped, character in
            if character.isWhitespace || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The effective address with the secrets hidden.
    package var description: String {
        let secrets: Set = ["password", "sslpassword"]
        return address.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(secrets.contains($0.key) ? "***" : $0.value)" }
            .joined(separator: " ")
    }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// `dump` and string interpolation of an enclosing value must not see the password either.
    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}

extension Duration {
    /// Whole milliseconds, at least one: for PostgreSQL zero means "no limit".
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
