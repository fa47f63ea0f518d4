/// Counts requests of clients, each against a bucket of its own that fills again with time.
///
/// A bucket is one number: the time at which it will be full. Those that nobody has used for longest are forgotten half a table
/// at a time, which gives their clients a full bucket: the memory is bounded, and a busy client is never forgotten.
package struct RateLimiterStateMachine<Client: Hashable & Sendable>: Sendable {
    /// Nanoseconds in which one request comes back.
    private let interval: UInt64
    /// Nanoseconds in which an empty bucket fills.
    private let capacity: UInt64
    /// Most clients of one half.
    private let half: Int
    private var young: [Client: UInt64] = [:]
    private var old: [Client: UInt64] = [:]

    package init(burst: Int, perSecond: Int, clients: Int) {
        interval = max(1, 1_000_000_000 / UInt64(perSecond))
        capacity = interval * UInt64(burst)
        half = max(1, clients / 2)
    }

    /// How many clients are remembered.
    package var count: Int { young.count + old.count }

    /// Takes one request out of the client's bucket; when there is none left, says in how many nanoseconds there will be.
    ///
    /// - Parameter now: nanoseconds of any clock that does not go back.
    package mutating func take(_ client: Client, now: UInt64) -> UInt64? {
        let full = max(young[client] ?? old[client] ?? 0, now)
        guard full + interval <= now + capacity else { return full + interval - now - capacity }
        if young[client] == nil, young.count >= half { (old, young) = (young, [:]) }
        young[client] = full + interval
        old[client] = nil
        return nil
    }
}
