import Glibc
import NIOCore

/// A server cannot listen: its port is taken, or not to be had.
package struct ListenFault: Error, CustomStringConvertible {
    package let description: String

    /// Nil for an error that says nothing of the kind.
    ///
    /// - Parameters:
    ///   - subject: what is not served, such as “the admin endpoints”.
    ///   - address: `host:port`.
    ///   - settings: what names the address, such as `HOST, PORT`.
    init?(_ error: IOError, _ subject: String, on address: String, settings: String) {
        let reason: String? =
            switch error.errnoCode {
            case EADDRINUSE: "another process has the port"
            case EADDRNOTAVAIL: "this machine does not have the address"
            case EACCES: "the port is reserved for the superuser"
            default: nil
            }
        guard let reason else { return nil }
        description = "\(subject) cannot be served on \(address) (\(settings)): \(reason)"
    }

    /// Runs a server, and says in words an operator can act on when it cannot listen.
    package static func explaining(
        _ subject: String,
        host: String,
        port: Int,
        settings: String,
        _ serve: () async throws -> Void
    ) async throws {
        do {
            try await serve()
        } catch let error as IOError {
            throw ListenFault(error, subject, on: "\(host):\(port)", settings: settings) ?? error as any Error
        }
    }
}
