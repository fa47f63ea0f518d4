/// Where the server is, who we are, and every limit of a connection.
package struct RedisConfiguration: Sendable {
    /// Whom to trust over TLS.
    package struct TLS: Sendable {
        /// A PEM file with the trusted authorities; `nil` trusts those of the system.
        package var caFile: String?

        package init(caFile: String? = nil) {
            self.caFile = caFile
        }
    }

    package var host: String
    package var port: Int
    package var tls: TLS?
    package var username: String?
    package var password: String?
    package var database: Int
    /// Shown by `CLIENT LIST`; printable ASCII without spaces.
    package var clientName: String?

    package var connectTimeout: Duration = .seconds(3)
    /// The longest wait for a reply; a blocking command adds its `BLOCK`.
    package var commandTimeout: Duration = .seconds(5)
    /// Commands sent and not answered; the next one is refused as `.overloaded`.
    package var maxPendingCommands = 16_384
    /// Bytes of commands sent and not answered; the next one is refused as `.overloaded`.
    package var maxPendingBytes = 64 << 20
    /// A larger reply closes the connection as a `.protocolViolation`.
    package var maxReplyBytes = 16 << 20
    package var reconnectBackoff = ReconnectBackoff()

    package init(
        host: String,
        port: Int = 6379,
        tls: TLS? = nil,
        username: String? = nil,
        password: String? = nil,
        database: Int = 0,
        clientName: String? = nil
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.username = username
        self.password = password
        self.database = database
        self.clientName = clientName
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address as a URL with the password hidden.
    package var description: String {
        let user = password == nil ? "" : "\(username ?? ""):***@"
        let address = host.contains(":") ? "[\(host)]" : host
        return "\(tls == nil ? "redis" : "rediss")://\(user)\(address):\(port)/\(database)"
    }

    package var debugDescription: String { description }

    /// Keeps the password out of `dump` as well.
    package var customMirror: Mirror {
        Mirror(self, children: ["url": description])
    }
}
