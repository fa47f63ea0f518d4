/// The parsed body of a stored fact together with the times it came with.
struct FactBody {
    let fact: StoredFact
    let document: JSONDocument
    let root: JSONValue

    init(_ fact: StoredFact) throws(FactError) {
        self.fact = fact
        do {
            document = try JSONDocument(parsing: fact.body)
            root = document.root
        } catch {
            throw FactError(.malformedBody, "\(error)")
        }
        guard root.isObject else { throw FactError(.unexpectedShape, "the body of \(fact.topic) is no object") }
    }

    /// Absent is 0, the epoch.
    var triggeredAt: Instant { fact.triggeredAt ?? .epoch }

    /// The first of the named times, else when the fact was triggered, else when it first came.
    func time(_ value: JSONValue, _ names: String...) -> Instant {
        for name in names {
            if let instant = value.instant(name) { return instant }
        }
        return fact.triggeredAt ?? fact.receivedAt
    }
}
