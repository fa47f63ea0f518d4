/// The one error of this library.
package struct RedisError: Error, Sendable {
    /// What kind of failure it is.
    package enum Code: Sendable, Hashable {
        /// There is no connection; nothing was sent.
        case notConnected
        /// The connection ended before the reply; the server may or may not have executed the command.
        case connectionLost
        /// No reply in time; the connection was closed and the server may or may not have executed the command.
        case timeout
        /// The server answered with an error; `serverCode` says which.
        case server
        /// The bytes received are no RESP, too large, or not the reply that the command must have.
        case protocolViolation
        /// More commands or bytes are waiting than the configuration allows; nothing was sent.
        case overloaded
        /// The calling task was cancelled; the server may or may not have executed the command.
        case cancelled
        /// The client has stopped for good; nothing was sent.
        case closed
        /// The configuration cannot be used.
        case invalidConfiguration
    }

    /// What a loop does about an error.
    package enum Classification: Sendable {
        /// Try again after a backoff.
        case transient
        /// The same command will fail again.
        case permanent
        /// No command of this process will succeed.
        case fatal
    }

    package let code: Code
    package let message: String
    /// The first word of a server error, such as `NOGROUP` or `WRONGTYPE`.
    package let serverCode: String?
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, serverCode: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
        self.underlying = underlying
    }

    /// Makes the error for an error reply, for example `NOGROUP No such key 'orders'`.
    package init(serverReply: String) {
        let code = serverReply.prefix { $0 != " " }
        self.init(.server, serverReply, serverCode: String(code))
    }

    /// Whether trying again can help.
    package var classification: Classification {
        switch code {
        case .notConnected, .connectionLost, .timeout, .overloaded, .cancelled: .transient
        case .protocolViolation: .permanent
        case .closed, .invalidConfiguration: .fatal
        case .server: Self.classification(ofServerCode: serverCode ?? "")
        }
    }

    private static func classification(ofServerCode code: String) -> Classification {
        switch code {
        // States of the server that pass, and a consumer group that its reader creates again.
        case "LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "MISCONF", "NOREPLICAS", "OOM", "UNBLOCKED",
            "NOGROUP", "NOSCRIPT":
            .transient
        case "NOAUTH", "WRONGPASS", "NOPERM", "NOPROTO", "DENIED": .fatal
        default: .permanent
        }
    }
}

extension RedisError: CustomStringConvertible {
    package var description: String {
        underlying.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}
