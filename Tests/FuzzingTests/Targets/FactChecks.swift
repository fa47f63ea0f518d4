import FoundationEssentials
import Orders

/// What holds of a fact whatever it says.
enum FactChecks {
    /// Merged beside known facts in either order it gives the same bytes; a second time it changes nothing but the count.
    static func merged(_ fact: StoredFact) throws -> String {
        let decoded: DecodedFact
        do {
            decoded = try DecodedFact(fact, statuses: .standard)
        } catch {
            try hold(error.message.utf8.count < 400, "the error is as long as the body")
            return "unreadable"
        }
        var first = OrderState()
        first.merge(decoded)
        for other in known { first.merge(other) }
        var last = OrderState()
        for other in known.reversed() { last.merge(other) }
        let outcome = last.merge(decoded)
        let bytes = last.encoded()
        try hold(first.encoded() == bytes, "the order of arrival shows in the state")
        try hold(try OrderState(decoding: bytes).encoded() == bytes, "a state is not read as it was written")
        var twice = last
        twice.merge(decoded)
        try hold(OrderProjectionText.of(twice) == OrderProjectionText.of(last), "merging twice shows")
        try shown(last, fact)
        return word(outcome)
    }

    /// Everything that is shown of a state can be shown.
    static func shown(_ state: OrderState, _ fact: StoredFact? = nil) throws {
        let projection = OrderProjection(state, policy: BookingPolicy())
        try hold(projection.bookability.isBookable == projection.bookability.whyNot.isEmpty, "bookable without being so")
        let account = fact.map {
            EventAccount(
                id: EventID(.init(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))),
                fact: $0,
                receivedAt: .epoch
            )
        }
        let explanation = Explanation(
            state,
            events: account.map { [$0] } ?? [],
            statuses: .standard,
            booking: BookingContext()
        )
        let document = try JSONDocument(parsing: explanation.json)
        try hold(document.root["fields"] != nil, "an explanation is no JSON")
    }

    private static func word(_ outcome: MergeOutcome) -> String {
        switch outcome {
        case .processed(let words): "processed \(words.prefix(12))"
        case .discarded(let words): "discarded \(words.prefix(12))"
        case .unmapped: "unmapped"
        }
    }

    private static let known: [DecodedFact] = [
        ("orders/paid", #"{"id":1,"updated_at":"2026-01-18T17:00:02Z","financial_status":"paid","total_price":"10.00"}"#),
        (
            "fulfillments/create",
            #"{"id":7,"order_id":1,"updated_at":"2026-01-18T17:00:02Z","tracking_number":"T","tracking_company":"native","status":"success"}"#
        ),
        ("orders/cancelled", #"{"id":1,"updated_at":"2026-01-18T17:00:03Z","cancelled_at":"2026-01-18T17:00:03Z"}"#),
    ].compactMap { topic, body in try? DecodedFact(stored(topic, Array(body.utf8)), statuses: .standard) }

    static func stored(_ topic: String, _ body: [UInt8]) -> StoredFact {
        let hash = Digest(of: body)
        return StoredFact(
            source: IncomingEvent.shopifySource,
            topic: topic,
            fact: FactID(topic: topic, bodyHash: hash),
            bodyHash: hash,
            triggeredAt: nil,
            receivedAt: .epoch,
            body: body
        )
    }

    static func stored(_ event: IncomingEvent) -> StoredFact {
        var waybill: WaybillID?
        if case .waybill(let id) = event.subject { waybill = id }
        return StoredFact(
            source: event.source,
            topic: event.topic,
            fact: event.fact,
            waybill: waybill,
            bodyHash: event.bodyHash,
            triggeredAt: event.triggeredAt,
            receivedAt: event.receivedAt,
            body: event.body
        )
    }
}

/// The registers without the count.
enum OrderProjectionText {
    static func of(_ state: OrderState) -> [UInt8] {
        let encoded = state.encoded()
        guard let version = encoded.lastIndex(of: UInt8(ascii: ":")) else { return encoded }
        return Array(encoded[..<version])
    }
}
