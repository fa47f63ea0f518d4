import EventStore
import HTTPTypes
import Metrics
import Orders
import Synchronization

/// Counters of the receiver, made once for every label it can have.
struct ReceiverMetrics: Sendable {
    private static let sources = ["shopify"] + CourierProvider.allCases.map(\.rawValue)
    private static let refusals: [HTTPResponse.Status] = [
        .badRequest, .unauthorized, .contentTooLarge, .unsupportedMediaType, .serviceUnavailable,
    ]
    /// Secrets beyond this place in their list share the last label.
    private static let maxSecrets = 4

    private let accepted: [String: Counter]
    private let duplicates: [String: Counter]
    private let refused: [String: [Int: Counter]]
    private let secrets: [String: [Counter]]

    init() {
        func counters(_ label: String, _ dimensions: [(String, String)]) -> [String: Counter] {
            Dictionary(
                uniqueKeysWithValues: Self.sources.map { source in
                    (source, Counter(label: label, dimensions: [("source", source)] + dimensions))
                }
            )
        }
        accepted = counters("ingest_events_total", [("outcome", "accepted")])
        duplicates = counters("ingest_events_total", [("outcome", "duplicate")])
        refused = Dictionary(
            uniqueKeysWithValues: Self.sources.map { source in
                (
                    source,
                    Dictionary(
                        uniqueKeysWithValues: Self.refusals.map { status in
                            (
                                status.code,
                                Counter(
                                    label: "ingest_refused_total",
                                    dimensions: [("source", source), ("status", "\(status.code)")]
                                )
                            )
                        }
                    )
                )
            }
        )
        secrets = Dictionary(
            uniqueKeysWithValues: Self.sources.map { source in
                (
                    source,
                    (0..<Self.maxSecrets).map { place in
                        Counter(label: "ingest_signatures_total", dimensions: [("source", source), ("secret", "\(place)")])
                    }
                )
            }
        )
    }

    func stored(_ source: String, _ outcome: AppendOutcome) {
        (outcome == .accepted ? accepted : duplicates)[source]?.increment()
    }

    func refused(_ source: String, _ status: HTTPResponse.Status) {
        refused[source]?[status.code]?.increment()
    }

    func signed(_ source: String, secret: Int) {
        secrets[source]?[min(secret, Self.maxSecrets - 1)].increment()
    }
}
