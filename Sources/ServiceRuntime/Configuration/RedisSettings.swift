/// Which Redis the process uses.
///
/// Keys: `REDIS_URL`, or `REDIS_HOST`, `REDIS_PORT`, `REDIS_USERNAME`, `REDIS_PASSWORD`, `REDIS_DATABASE`,
/// `REDIS_TLS`; and `REDIS_SSL_CA`. The URL wins over the parts. When none of them is set, the private server of ``LocalServersFile`` is
/// used, except in production.
package struct RedisSettings: Sendable {
    /// The server as a `redis://` or `rediss://` URL, credentials included: never log it.
    package var url: String
    /// Whether it is the private server that `ordersctl up` started.
    package var isLocal: Bool
    /// A file with the certificates to trust; nil for those that the system trusts.
    package var authority: String?

    /// The keys any of which makes Redis count as configured.
    package static let keys = ["REDIS_URL"] + partKeys
    private static let partKeys = ["REDIS_HOST", "REDIS_PORT", "REDIS_USERNAME", "REDIS_PASSWORD", "REDIS_DATABASE", "REDIS_TLS"]

    /// Reads the settings; the URL is empty when a fault was recorded.
    ///
    /// - Parameter reading: what the client makes of a URL; its error says what is wrong, without the URL.
    package init<Address>(settings: inout SettingsReader, as reading: (String) throws -> Address) {
        let given = settings.url(
            "REDIS_URL",
            schemes: ["redis", "rediss"],
            as: reading,
            defaultNote: "put together from the REDIS_ keys, else the private local server",
            "The Redis server; `rediss` means TLS."
        )
        let assembled = Self.assembledURL(settings: &settings)
        let local = settings.url(
            LocalServersFile.redisKey,
            schemes: ["redis"],
            "Written by `ordersctl up` to `.local/servers.env`; do not set it yourself."
        )
        authority = settings.string(
            "REDIS_SSL_CA",
            "A file with the certificates to trust over TLS, instead of those that the system trusts."
        )
        isLocal = false
        if settings.isSet("REDIS_URL") {
            url = given ?? ""
        } else if Self.partKeys.contains(where: settings.isSet) {
            url = assembled
        } else {
            isLocal = true
            url = settings.localServer("REDIS_URL", url: local)
        }
        if authority != nil, !isLocal, !url.isEmpty, !url.hasPrefix("rediss://") {
            settings.refuse("REDIS_SSL_CA", because: "needs TLS: a rediss:// URL or REDIS_TLS")
        }
    }

    private static func assembledURL(settings: inout SettingsReader) -> String {
        let host = settings.string("REDIS_HOST", default: "127.0.0.1", "The host of Redis.")
        let port = settings.int("REDIS_PORT", default: 6379, in: 1...65_535, "The port of Redis.")
        let user = settings.string("REDIS_USERNAME", "The Redis user, where access control lists are used.")
        let password = settings.secret("REDIS_PASSWORD", "The password of Redis.")
        let database = settings.int("REDIS_DATABASE", default: 0, in: 0...1_023, "The number of the Redis database.")
        let isEncrypted = settings.bool("REDIS_TLS", default: false, "Whether Redis is reached over TLS.")
        var credentials = ""
        if let password {
            credentials = "\(URLText.escaped(user ?? "")):\(URLText.escaped(password))@"
        } else if user != nil {
            settings.refuse("REDIS_USERNAME", because: "needs REDIS_PASSWORD as well")
        }
        return "\(isEncrypted ? "rediss" : "redis")://\(credentials)\(URLText.host(host)):\(port)/\(database)"
    }
}

extension SettingsReader {
    /// The address of a private local server for the key that nobody set, or "" and a fault where it must not be used.
    mutating func localServer(_ key: String, url: String?) -> String {
        if environment == .production {
            refuse(key, because: "must be set when APP_ENV=production; the private local server is for development only")
        } else if let url {
            return url
        } else {
            refuse(
                key,
                because:
                    "is not set and no private server runs in \(localServers.folder); set it, start one there with `ordersctl up`, "
                    + "or name its folder with ORDERS_LOCAL_DIR"
            )
        }
        return ""
    }
}
