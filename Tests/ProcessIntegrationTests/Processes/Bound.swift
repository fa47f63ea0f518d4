import Testing

/// Bounds of time, as a loaded machine can keep them: what is right has no slack, what is fast has.
enum Bound {
    /// How many times longer something may take on the machine that runs tests than where it matters.
    static let slack = 3

    /// Checks that something took no longer since a moment than the failure matrix or the contract allows, give or take the slack.
    static func expect(
        _ what: Comment,
        since start: ContinuousClock.Instant,
        within bound: Duration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let took = start.duration(to: .now)
        print("\(what): \(took.inTestSeconds) (bound \(bound.inTestSeconds))")
        #expect(took < bound * slack, what, sourceLocation: sourceLocation)
    }
}

extension Duration {
    fileprivate var inTestSeconds: String { "\((self / .milliseconds(1)).rounded() / 1_000) s" }
}
