import Testing

/// What the failure matrix and the contract promise about time, as a loaded machine can keep it: what is right has no slack, what
/// is fast has.
enum Bound {
    /// How many times longer something may take on the machine that runs tests than where it matters.
    static let slack = 5

    /// Checks that something took no longer since a moment than is promised, give or take the slack.
    static func expect(
        _ what: String,
        since start: ContinuousClock.Instant,
        within promise: Duration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(what, took: start.duration(to: .now), within: promise, sourceLocation: sourceLocation)
    }

    /// The same of what was measured.
    static func expect(
        _ what: String,
        took time: Duration,
        within promise: Duration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let finding = "\(what): \(time.inTestSeconds), promised are \(promise.inTestSeconds)"
        print(finding)
        #expect(time < promise * slack, "\(finding), and a test allows \(slack) times as long", sourceLocation: sourceLocation)
    }
}

extension Duration {
    fileprivate var inTestSeconds: String { "\((self / .milliseconds(1)).rounded() / 1_000) s" }
}
