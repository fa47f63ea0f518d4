import Orders

/// What happened to some orders: the events that every arrival order of a proof delivers.
package struct EventSet: Sendable {
    /// What it is called in a report.
    package var name: String
    /// Each is delivered at least once in every arrival order. Two may be the same event with different headers.
    package var drafts: [EventDraft]

    package init(name: String, drafts: [EventDraft]) {
        self.name = name
        self.drafts = drafts
    }

    /// The same events about orders of their own.
    ///
    /// An order's id is derived from its shop, so each copy comes from a shop of its own: the bodies stay equal to the byte,
    /// and with them every hash that decides a tie. Only tracking numbers are known by their courier alone and must differ.
    package func copy(_ number: Int) throws -> [EventDraft] {
        let digits = String(String(100_000 + number).dropFirst())
        let parcels = TextReplacement(
            try trackingNumbers().map { (Array($0.utf8), Array(($0 + digits).utf8)) }
        )
        return drafts.map { draft in
            switch draft {
            case .callback(let provider, let body):
                return .callback(provider, body: parcels.applied(to: body))
            case .webhook(var webhook):
                let shop = "p\(digits)-\(webhook.shop)"
                webhook.body = parcels.applied(to: webhook.body)
                if Self.namesItsShop(webhook.topic) {
                    webhook.body = TextReplacement([(Array(webhook.shop.utf8), Array(shop.utf8))]).applied(to: webhook.body)
                }
                webhook.shop = shop
                return .webhook(webhook)
            }
        }
    }

    /// Tracking numbers that callbacks speak of.
    package func trackingNumbers() throws -> [String] {
        var numbers: Set<String> = []
        for case .callback(let provider, let body) in drafts {
            for event in try IncomingEvent.courier(provider, body: body, receivedAt: .epoch) { numbers.insert(event.refID) }
        }
        return numbers.sorted()
    }

    /// Why the set cannot be compared over arrival orders; nil when it can.
    ///
    /// An event that nothing dates is dated by its arrival: its order may then differ, and rightly so.
    package func objection() throws -> String? {
        guard !drafts.isEmpty else { return "There are no events in \(name)." }
        let early = try ExpectedOrder.fold(drafts.flatMap { try $0.events(at: .epoch) })
        let late = try ExpectedOrder.fold(drafts.flatMap { try $0.events(at: .latest) })
        guard early == late else {
            return "\(name) has events that only their arrival dates: each needs an updated_at or an X-Shopify-Triggered-At."
        }
        return nil
    }

    private static func namesItsShop(_ topic: String) -> Bool {
        topic.hasPrefix("customers/") || topic.hasPrefix("shop/")
    }
}

/// Replaces texts in a body, the longest first, each place once.
struct TextReplacement: Sendable {
    private let pairs: [(old: [UInt8], new: [UInt8])]

    init(_ pairs: [(old: [UInt8], new: [UInt8])]) {
        self.pairs = pairs.sorted { $0.old.count > $1.old.count }
    }

    func applied(to body: [UInt8]) -> [UInt8] {
        guard !pairs.isEmpty else { return body }
        var result: [UInt8] = []
        result.reserveCapacity(body.count + 64)
        var index = 0
        while index < body.count {
            if let pair = pairs.first(where: { !$0.old.isEmpty && body[index...].starts(with: $0.old) }) {
                result += pair.new
                index += pair.old.count
            } else {
                result.append(body[index])
                index += 1
            }
        }
        return result
    }
}
