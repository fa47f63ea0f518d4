import Orders

/// Histories of a few orders, made from a seed, with everything in them that makes the order of arrival matter to a bad merge:
/// ties in the same second, replays, one name for two bodies, headers that differ, sticky and late news, parcels.
package struct GeneratedEvents: Sendable {
    package var orders: Int
    package var seed: UInt64
    /// Whether some orders stay wanted at the courier's, so that there are calls for a fault to meet.
    package var booking: Bool

    private static let shop = "chaos.myshopify.com"
    private static let start = Instant(unixSeconds: 1_768_755_600) ?? .epoch
    private static let firstID: Int64 = 7_000_000_000_000
    /// How often a step of an order happens within the same second as the one before it.
    private static let tieShare = 0.4

    package init(orders: Int, seed: UInt64, booking: Bool = false) {
        self.orders = orders
        self.seed = seed
        self.booking = booking
    }

    /// The events in the order they happened.
    package func set() -> EventSet {
        var drafts: [EventDraft] = []
        for number in 0..<orders {
            var history = History(number: number, seed: seed)
            // One order of each kind; the rest as it falls.
            let isRedacted = number == orders - 1 && orders > 1
            if booking, number % 3 == 1, !isRedacted {
                history.writeWanted()
            } else {
                history.write(hasParcel: number == 0, isRedacted: isRedacted)
            }
            drafts += history.drafts
        }
        return EventSet(name: "\(orders) orders made from seed \(seed)", drafts: drafts)
    }

    /// One order while it is written.
    private struct History {
        let id: Int64
        let createdAt: Instant
        var now: Instant
        var random: SplitMix64
        var drafts: [EventDraft] = []
        var financial = "pending"
        var total: Money
        var cancelledAt: Instant?
        let lines: Int
        var step = 0

        init(number: Int, seed: UInt64) {
            random = SplitMix64(seed: seed &* 31 &+ UInt64(number))
            id = GeneratedEvents.firstID + Int64(number)
            createdAt = GeneratedEvents.start.advanced(byMicroseconds: Int64(number) * 60_000_000)
            now = createdAt
            total = Money(tenThousandths: Int64(random.int(in: 100..<50_000)) * 100)
            lines = random.int(in: 1..<4)
        }

        mutating func write(hasParcel: Bool, isRedacted: Bool) {
            snapshot("orders/create")
            for _ in 0..<random.int(in: 1..<4) { change() }
            if random.chance(0.5) { hold() }
            pay()
            if random.chance(0.5) { child("orders/edited", #"{"order_edit":{"order_id":$order,"id":$step}}"#) }
            if random.chance(0.3) { child("orders/risk_assessment_changed", #"{"order_id":$order,"recommendation":"accept"}"#) }
            if hasParcel || random.chance(0.5) { ship(hasParcel: hasParcel) }
            if random.chance(0.5) { refund() }
            if !hasParcel, random.chance(0.5) { cancel() }
            if random.chance(0.1) { child("orders/delete", #"{"id":$order}"#) }
            if isRedacted {
                let body = #"{"shop_id":71204480123,"shop_domain":"\#(GeneratedEvents.shop)","orders_to_redact":[$order]}"#
                child("customers/redact", body)
            }
            twist()
        }

        /// An order that is changed and paid, and then waits for its parcel.
        mutating func writeWanted() {
            snapshot("orders/create")
            for _ in 0..<random.int(in: 1..<4) { change() }
            pay()
            if financial != "paid" {
                pass()
                financial = "paid"
                snapshot("orders/paid")
            }
            twist()
        }

        /// A replay, a name used twice, and a header that differs.
        private mutating func twist() {
            for case .webhook(var webhook) in drafts where random.chance(0.15) {
                switch random.int(in: 0..<3) {
                case 0:
                    webhook.webhookID += "-replayed"
                    webhook.eventID = webhook.eventID.map { "\($0)-replayed" }
                case 1:
                    guard let text = String(validating: webhook.body, as: UTF8.self), text.hasSuffix("}") else { continue }
                    webhook.body = Array("\(text.dropLast()),\"chaos\":\(random.int(in: 0..<1_000))}".utf8)
                default:
                    guard let time = webhook.triggeredAt else { continue }
                    webhook.triggeredAt = time.advanced(byMicroseconds: -Int64(random.int(in: 1..<400_000)))
                }
                drafts.append(.webhook(webhook))
            }
        }

        private mutating func pass() {
            if random.chance(GeneratedEvents.tieShare) { return }
            now = now.advanced(byMicroseconds: Int64(random.int(in: 1..<5)) * 1_000_000)
        }

        private mutating func snapshot(_ topic: String) {
            var draft = OrderDraft(
                id: .number(id),
                createdAt: createdAt,
                updatedAt: now,
                financialStatus: financial,
                totalPrice: total
            )
            draft.cancelledAt = cancelledAt
            draft.lines = lines
            send(topic, draft.body(random.chance(0.7) ? .minimal : .realistic))
        }

        private mutating func change() {
            pass()
            total = Money(tenThousandths: Int64(random.int(in: 100..<50_000)) * 100)
            snapshot("orders/updated")
        }

        private mutating func pay() {
            pass()
            child(
                "order_transactions/create",
                #"{"id":$step,"order_id":$order,"kind":"sale","status":"success","amount":"\#(total)","created_at":"$time"}"#
            )
            pass()
            financial = random.chance(0.2) ? "authorized" : "paid"
            snapshot("orders/paid")
        }

        private mutating func hold() {
            for topic in ["fulfillment_holds/added", "fulfillment_holds/released"]
            where topic.hasSuffix("added") || random.chance(0.7) {
                pass()
                child(
                    topic,
                    #"{"fulfillment_order":{"id":81,"order_id":$order},"fulfillment_hold":{"id":91,"reason":"other","updated_at":"$time"}}"#
                )
            }
        }

        private mutating func ship(hasParcel: Bool) {
            pass()
            let parcel = hasParcel ? #","tracking_company":"Courier","tracking_number":"CHAOS7F3K""# : ""
            let fulfillment = #"{"id":\#(id + 500),"order_id":$order,"status":"success","updated_at":"$time"\#(parcel)}"#
            child("fulfillments/create", fulfillment)
            for word in ["in_transit", "out_for_delivery", "delivered"] {
                pass()
                let event =
                    #"{"id":$step,"order_id":$order,"fulfillment_id":\#(id + 500),"status":"\#(word)","happened_at":"$time"}"#
                child("fulfillment_events/create", event)
            }
            if hasParcel { call(["fulfilling", "shipped", "in_transit", "out_for_delivery", "delivered"]) }
        }

        /// The courier's own words, a second apart so that no two are equal.
        private mutating func call(_ words: [String]) {
            for word in words {
                now = now.advanced(byMicroseconds: 1_000_000)
                let body = #"{"tracking_number":"CHAOS7F3K","status":"\#(word)","courier":"courier","timestamp":"\#(now)"}"#
                drafts.append(.callback(.native, body: Array(body.utf8)))
            }
        }

        private mutating func refund() {
            pass()
            let amount = Money(tenThousandths: 10_000)
            let transaction = #"{"id":$step,"kind":"refund","status":"success","amount":"\#(amount)"}"#
            child("refunds/create", #"{"id":$step,"order_id":$order,"created_at":"$time","transactions":[\#(transaction)]}"#)
            pass()
            financial = "partially_refunded"
            snapshot("orders/updated")
        }

        private mutating func cancel() {
            pass()
            cancelledAt = now
            financial = random.chance(0.5) ? "voided" : "refunded"
            snapshot("orders/cancelled")
        }

        private mutating func child(_ topic: String, _ template: String) {
            let values = [("$order", "\(id)"), ("$step", "\(id % 1_000 * 1_000 + Int64(step))"), ("$time", "\(now)")]
            send(topic, TextReplacement(values.map { (Array($0.0.utf8), Array($0.1.utf8)) }).applied(to: Array(template.utf8)))
        }

        private mutating func send(_ topic: String, _ body: [UInt8]) {
            let name = "chaos-\(id)-\(step)"
            step += 1
            // What has no time of its own is dated by its header, so it needs one.
            let triggeredAt = now.advanced(byMicroseconds: Int64(random.int(in: 1..<900_000)))
            let isDated = topic.hasPrefix("orders/") && topic != "orders/delete"
            drafts.append(
                .webhook(
                    Webhook(
                        topic: topic,
                        shop: GeneratedEvents.shop,
                        webhookID: "webhook-\(name)",
                        eventID: random.chance(0.7) ? "event-\(name)" : nil,
                        triggeredAt: isDated && random.chance(0.2) ? nil : triggeredAt,
                        body: body
                    )
                )
            )
        }
    }
}
