import EventStore
import HTTPServing
import NIOHTTP1
import Orders

/// What buyers are told.
extension StockDecision.Outcome {
    func answer(to request: OrderRequest) -> Answer {
        switch self {
        case .placed(let order):
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("id", order.id)
            writer.member("product_id", order.productID)
            writer.member("quantity", order.quantity)
            writer.member("created_at", order.placedAt)
            writer.endObject()
            return Answer(.created, json: writer.bytes, headers: [("Location", "\(StorefrontPath.orders)/\(order.id)")])
        case .insufficientStock:
            return .refusal(Refusal(status: .badRequest, sentence: "Insufficient stock"))
        case .unknownProduct:
            return .refusal(.unknown("product", request.productID))
        }
    }
}

extension Sale.Reply {
    /// An answer that was given before says so in its head.
    func answer(to request: OrderRequest) throws(Refusal) -> Answer {
        switch self {
        case .decided(let outcome):
            return outcome.answer(to: request)
        case .repeated(let answer):
            return Answer(.init(statusCode: answer.status), json: answer.body, headers: [("Idempotency-Replayed", "true")])
        case .keyReused:
            throw .invalid([("Idempotency-Key", "was used for another order before")])
        }
    }
}

extension Refusal {
    /// There is no such thing.
    static func unknown(_ what: String, _ id: some CustomStringConvertible) -> Refusal {
        Refusal(status: .notFound, sentence: "there is no \(what) \(id)")
    }

    /// Input that is at fault, with all faults.
    static func invalid(_ faults: [FieldFault]) -> Refusal {
        let sentence = faults.map { "\($0.field) \($0.reason)" }.joined(separator: "; ")
        return Refusal(status: .unprocessableEntity, sentence: sentence, fields: faults)
    }
}
