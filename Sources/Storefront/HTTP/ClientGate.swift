import HTTPServing
import NIOCore
import NIOHTTP1
import Synchronization

/// Lets each client in as often as it may come.
final class ClientGate: Sendable {
    private let limits: ClientLimits
    private let machine: Mutex<RateLimiterStateMachine<ClientAddress?>>
    private let now: @Sendable () -> UInt64

    /// - Parameter now: nanoseconds of a clock that does not go back.
    init(_ limits: ClientLimits, now: @escaping @Sendable () -> UInt64 = { NIODeadline.now().uptimeNanoseconds }) {
        self.limits = limits
        self.now = now
        machine = Mutex(
            RateLimiterStateMachine(burst: limits.burst, perSecond: limits.perSecond, clients: limits.addresses)
        )
    }

    /// Counts a request; refuses it when its client comes too often.
    func enter(_ request: Request) throws(Refusal) {
        // Peers without an address, as in tests over a local socket, are one client.
        let client = limits.client(
            peer: request.peer?.ipAddress ?? "",
            forwardedFor: limits.trustedProxies.isEmpty ? [] : request.head.headers["x-forwarded-for"]
        )
        guard let wait = machine.withLock({ $0.take(client?.household, now: now()) }) else { return }
        let seconds = wait / 1_000_000_000 + 1
        throw Refusal(
            status: .tooManyRequests,
            sentence: "too many requests come from this address; send it again later",
            headers: [("Retry-After", String(seconds))]
        )
    }
}
