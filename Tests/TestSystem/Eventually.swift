/// Something did not become true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) {
        self.description = description
    }
}

/// Asks until the answer is yes. Another process gives no signal of its own: all one can do is ask it.
///
/// - Throws: what `condition` throws, or `NeverHappened` when the time is up.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(60),
    _ condition: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try await !condition() {
        guard start.duration(to: .now) < limit else { throw NeverHappened(description: "\(what): not within \(limit)") }
        try await Moment.pass()
    }
}
