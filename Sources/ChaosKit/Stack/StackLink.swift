/// The way from one service to one server.
package struct StackLink: Sendable {
    /// What a link leads to.
    package enum Server: String, Sendable {
        case postgres, redis
    }

    /// Name of the service.
    package var service: String
    package var server: Server
    package var proxy: FaultProxy
}
