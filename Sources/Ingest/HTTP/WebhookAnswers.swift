import HTTPServing
import NIOHTTP1

/// What ingest answers to senders of webhooks.
extension Answer {
    static let healthy = Answer(.ok, [("status", "healthy")])

    static func unhealthy(_ reason: String) -> Answer {
        Answer(.serviceUnavailable, [("status", "unhealthy"), ("reason", reason)])
    }

    static func accepted(_ deliveryID: String) -> Answer {
        Answer(.ok, [("status", "accepted"), ("webhookId", deliveryID)])
    }

    static func duplicate(_ deliveryID: String) -> Answer {
        Answer(.ok, [("status", "duplicate"), ("webhookId", deliveryID)])
    }
}

extension Refusal {
    static func unsigned(_ reason: String) -> Refusal {
        Refusal(status: .unauthorized, sentence: "the signature was not accepted: \(reason)")
    }
}
