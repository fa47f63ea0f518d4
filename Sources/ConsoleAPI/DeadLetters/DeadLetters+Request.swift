import FoundationEssentials
import Orders
import Postgres
import Queues

/// Dead letters as a request names them.
extension DeadLetters {
    /// The id of a job from its text: digits, and not more than fit.
    static func id(_ text: String) -> Int64? {
        text.utf8.allSatisfy(\.isDigit) && text.utf8.count <= 18 ? Int64(text) : nil
    }
}

extension DeadLetters.Filter {
    static let parameters: Set<String> = ["queue", "cause", "shop", "q", "since"]

    /// From the parameters of a request.
    init(_ query: QueryParameters) throws {
        self.init(
            queue: try query.choice("queue", Queue.self),
            shop: try query.text("shop", atMost: 200),
            cause: try query.text("cause", atMost: 400),
            text: try query.text("q", atMost: 200),
            since: try query.instant("since").map { PostgresTimestamp(microseconds: $0.microseconds) }
        )
    }

    /// From the object that a change carries. A list of no ids is refused: somebody who has chosen none means none.
    init(_ object: JSONValue?) throws {
        guard let object, object.isObject else { throw APIError.invalid("filter", "filter must be an object.") }
        try object.refuseOthers(than: ["ids", "queue", "cause", "shop", "error", "q", "orderId", "since"])
        let texts = try object.inputTexts("ids", atMost: 1_000)
        let ids = texts.compactMap(DeadLetters.id)
        guard ids.count == texts.count else { throw APIError.invalid("ids", "ids must be numbers as text.") }
        self.init(
            ids: ids.isEmpty ? nil : ids,
            queue: try object.inputChoice("queue", Queue.self),
            shop: try object.input("shop", 1...200),
            cause: try object.input("cause", 1...400),
            error: try object.input("error", 1...200),
            text: try object.input("q", 1...200),
            since: try object.inputInstant("since").map { PostgresTimestamp(microseconds: $0.microseconds) }
        )
        if let text = try object.input("orderId", 36...36) {
            guard let order = UUID(uuidString: text) else { throw APIError.invalid("orderId", "orderId must be a UUID.") }
            orderID = order
        }
    }
}
