import FoundationEssentials

extension RedisConfiguration {
    /// Parses `redis://[user:password@]host[:port][/database]`; `rediss` means TLS.
    /// - Parameter caFile: the trusted authorities for `rediss`, see ``TLS/caFile``.
    /// - Throws: `.invalidConfiguration`, with a message that does not repeat the URL.
    package init(url: String, caFile: String? = nil) throws(RedisError) {
        guard let parts = URLComponents(string: url) else {
            throw RedisError(.invalidConfiguration, "the Redis URL is no URL")
        }
        guard let scheme = parts.scheme?.lowercased(), scheme == "redis" || scheme == "rediss" else {
            throw RedisError(.invalidConfiguration, "the Redis URL must start with redis:// or rediss://")
        }
        guard let host = parts.host?.trimmingBrackets(), !host.isEmpty else {
            throw RedisError(.invalidConfiguration, "the Redis URL has no host")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw RedisError(.invalidConfiguration, "the Redis URL has parameters, which are not supported")
        }
        let port = parts.port ?? 6379
        guard (1...65535).contains(port) else {
            throw RedisError(.invalidConfiguration, "the port of the Redis URL is not in 1...65535")
        }
        let path = parts.path.drop { $0 == "/" }
        guard let database = path.isEmpty ? 0 : Int(path), database >= 0 else {
            throw RedisError(.invalidConfiguration, "the path of the Redis URL must be a database number")
        }
        self.init(
            host: host,
            port: port,
            tls: scheme == "rediss" ? TLS(caFile: caFile) : nil,
            username: parts.user.flatMap { $0.isEmpty ? nil : $0 },
            password: parts.password.flatMap { $0.isEmpty ? nil : $0 },
            database: database
        )
        guard username == nil || password != nil else {
            throw RedisError(.invalidConfiguration, "the Redis URL has a user but no password")
        }
    }
}

extension String {
    /// The host of `[::1]` as NIO wants it.
    fileprivate func trimmingBrackets() -> String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}
