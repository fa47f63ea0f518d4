import EventStore
import Metrics
import NIOHTTP1
import Orders

/// Counters of the receiver, made once for every label they can have.
struct ReceiverMetrics: Sendable {
    /// Of requests that found no route.
    static let noSource = "none"

    private let bySource: [String: SourceMetrics]

    init() {
        let sources = [Route.shopify.source] + CourierProvider.allCases.map(\.rawValue) + [Self.noSource]
        bySource = Dictionary(uniqueKeysWithValues: sources.map { ($0, SourceMetrics(source: $0)) })
    }

    func stored(_ source: String, _ outcome: AppendOutcome) {
        guard let metrics = bySource[source] else { return }
        (outcome == .accepted ? metrics.accepted : metrics.duplicates).increment()
    }

    func refused(_ source: String, _ status: HTTPResponseStatus) {
        bySource[source]?.refused[status.code]?.increment()
    }

    func signed(_ source: String, secret: Int) {
        bySource[source]?.secrets[min(secret, SourceMetrics.maxSecrets - 1)].increment()
    }
}

/// Counters of one source.
private struct SourceMetrics {
    /// Secrets beyond this place in their list share the last label.
    static let maxSecrets = 4
    private static let refusals: [HTTPResponseStatus] = [
        .badRequest, .unauthorized, .notFound, .methodNotAllowed, .payloadTooLarge, .unsupportedMediaType, .serviceUnavailable,
    ]

    let accepted: Counter
    let duplicates: Counter
    /// By status code.
    let refused: [UInt: Counter]
    /// By place in the list of secrets.
    let secrets: [Counter]

    init(source: String) {
        func counter(_ label: String, _ dimension: (String, String)) -> Counter {
            Counter(label: label, dimensions: [("source", source), dimension])
        }
        accepted = counter("ingest_events_total", ("outcome", "accepted"))
        duplicates = counter("ingest_events_total", ("outcome", "duplicate"))
        refused = Self.refusals.reduce(into: [:]) {
            $0[$1.code] = counter("ingest_refused_total", ("status", String($1.code)))
        }
        secrets = (0..<Self.maxSecrets).map { counter("ingest_signatures_total", ("secret", String($0))) }
    }
}
