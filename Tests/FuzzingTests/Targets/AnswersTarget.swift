import FoundationEssentials
import Orders

@testable import Orchestration

extension FuzzTarget {
    /// What couriers and Shopify answer: believed as a whole or not at all, and no wait without bounds.
    static let answers = FuzzTarget(
        name: "answers",
        dictionary: JSONWords.all + [
            "\"reference\":\"00000000-0000-0000-0000-000000000000\"", "\"status\":\"booked\"", "\"fee\":\"1.00\"",
            "\"throttleStatus\":{\"maximumAvailable\":1e308,\"currentlyAvailable\":-1,\"restoreRate\":0}", "\"errors\":[{",
            "\"extensions\":{\"code\":\"THROTTLED\"}", "Retry-After: 1e999", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
        ]
    ) { bytes in
        let message = FuzzMessage(bytes)
        var words = ""
        let wait = RetryAfter.wait(message["Retry-After"], date: message["Date"])
        if let wait {
            try hold(wait >= .zero && wait <= RetryAfter.longest, "a wait of \(wait)")
            words += "wait "
        }
        if let shipment = Shipment(message.body, reference: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))) {
            try hold(shipment.fee >= .zero && !shipment.trackingNumber.isEmpty, "half a label is believed")
            words += "label "
        }
        if let answer = GraphQLAnswer(message.body) {
            words += "\(answer.result(of: "orderUpdate"))".prefix(12)
            if case .throttled(let wait) = answer.result(of: "orderUpdate") {
                try hold(wait >= .zero && wait <= .seconds(86_400), "a wait of \(wait)")
            }
        }
        return words
    }
}
