import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Tells calls that never left from calls that may have arrived.
enum CallFailure {
    /// False only when no byte of the request can have been sent; in doubt it was.
    static func wasSent(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: !Self.unsent.contains(error)
        case is NIOConnectionError, is SocketAddressError: false
        case ChannelError.connectTimeout: false
        case let error as IOError: ![ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
        case NIOSSLError.handshakeFailed: false
        default: true
        }
    }

    private static let unsent: [HTTPClientError] = [
        .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .invalidURL, .emptyHost, .emptyScheme,
        .alreadyShutdown,
    ]
}
