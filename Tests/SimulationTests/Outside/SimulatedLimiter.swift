/// What `limiter.lua` promises: at most so many starts in every window, closed for one window when its state is new.
struct SimulatedLimiter {
    let limit: Int
    let window: Int64
    private var grants: [Int64] = []
    private var opensAt: Int64?

    init(limit: Int, window: Int64) {
        self.limit = limit
        self.window = window
    }

    /// Nil when granted, else how long to wait.
    mutating func acquire(now: Int64) -> Int64? {
        let opens = opensAt ?? now + window
        opensAt = opens
        if now < opens { return opens - now }
        grants.removeAll { $0 + window <= now }
        guard grants.count < limit else { return grants[0] + window - now }
        grants.append(now)
        return nil
    }

    /// The server forgets; `opensAtOnce` is the planted bug.
    mutating func forget(now: Int64, opensAtOnce: Bool) {
        grants = []
        opensAt = opensAtOnce ? now : nil
    }
}
