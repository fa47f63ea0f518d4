/// Judges every attempt that was not answered 2xx: only some of them may be.
package struct AnswerCheck: Sendable {
    /// For how long after a fault that silences ingest a request may be found broken, or late.
    private static let (brokenAfter, lateAfter) = (Duration.seconds(1), Duration.milliseconds(5_500))

    package var incidents: [LoadIncident]
    /// When ingest was killed or stood still.
    package var silences: [ClosedRange<ContinuousClock.Instant>]

    package init(incidents: [LoadIncident], silences: [ClosedRange<ContinuousClock.Instant>]) {
        self.incidents = incidents
        self.silences = silences
    }

    /// Invariant I9: 2xx or a clean 503 throughout, and an answer whenever ingest runs.
    package var assertions: [Assertion] {
        let refusals = incidents.count { $0.kind == .answered(status: 503, isClean: true) }
        return [
            .none(
                "ingest answered 2xx or a clean 503 throughout",
                incidents.compactMap { incident -> String? in
                    guard case .answered(let status, let isClean) = incident.kind, status != 503 || !isClean else { return nil }
                    return "\(status)"
                },
                of: incidents.count
            ),
            .none(
                "every request was answered while ingest ran",
                incidents.filter { !isExcused($0) }.map { "\($0.kind)" },
                of: incidents.count - refusals
            ),
        ]
    }

    private func isExcused(_ incident: LoadIncident) -> Bool {
        switch incident.kind {
        case .answered: true
        case .broken: silences.contains { $0.lowerBound <= incident.at && incident.at <= $0.upperBound + Self.brokenAfter }
        case .late: silences.contains { $0.lowerBound <= incident.at && incident.at <= $0.upperBound + Self.lateAfter }
        }
    }
}
