/// What a link does to the bytes that pass over it, in each direction of each connection.
package struct LinkWeather: Sendable, Equatable {
    /// How much later every byte arrives.
    package var latency: Duration
    /// Bytes that pass in a second; nil is no limit.
    package var bytesPerSecond: Int?
    /// Nothing passes and nobody is told: what was sent waits until the weather changes.
    package var isBlackHole: Bool
    /// New connections are reset at once; open ones go on.
    package var refuses: Bool

    package init(
        latency: Duration = .zero,
        bytesPerSecond: Int? = nil,
        isBlackHole: Bool = false,
        refuses: Bool = false
    ) {
        precondition(bytesPerSecond ?? 1 > 0, "a link that passes nothing is a black hole")
        self.latency = latency
        self.bytesPerSecond = bytesPerSecond
        self.isBlackHole = isBlackHole
        self.refuses = refuses
    }

    /// Everything passes at once.
    package static let fair = LinkWeather()
}
