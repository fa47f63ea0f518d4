import TestSeed
import Testing

@testable import Orders

/// The explanation agrees with the merge: it names winners and losers that removing them proves to be such.
@Suite struct ExplanationPropertyTests {
    private static let sets = 8
    /// Fields tried of one set: one try folds and explains the set twice.
    private static let tries = 5

    /// Distinct facts, now and then delivered twice under different names.
    private static func events(seed: UInt64) -> (events: [EventAccount], random: SeededGenerator) {
        var generator = FactGenerator(seed: seed)
        var random = SeededGenerator(seed: seed &+ 1)
        var known: Set<FactID> = []
        var events: [EventAccount] = []
        for _ in 0..<Int.random(in: 2...12, using: &random) {
            let fact = generator.fact()
            guard known.insert(fact.fact).inserted else { continue }
            for _ in 0..<(random.chance(5) ? 2 : 1) { events.append(Accounts.account(fact, events.count)) }
        }
        return (events, random)
    }

    private static func seeds(_ part: Int) -> [UInt64] {
        (0..<sets).map { MergeAlgebraTests.seed &+ UInt64(part * sets + $0) }
    }

    @Test(arguments: 0..<4)
    func `the arrival order changes nothing in an explanation`(part: Int) async {
        for seed in Self.seeds(part) {
            var (events, random) = Self.events(seed: seed)
            let expected = Accounts.explanation(of: events)
            await Task.yield()
            for _ in 0..<3 {
                events.shuffle(using: &random)
                #expect(Accounts.explanation(of: events) == expected, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func `every value is the projection's own`(part: Int) async {
        for seed in Self.seeds(part) {
            let events = Self.events(seed: seed).events
            let explanation = Accounts.explanation(of: events)
            let projection = OrderProjection(Accounts.state(of: events), policy: BookingPolicy())
            func expect(_ name: String, _ value: String?) {
                #expect(explanation[name]?.value?.text == value, "\(name), seed \(seed)")
            }
            expect("order_status", projection.orderStatus.rawValue)
            expect("status", projection.status.rawValue)
            expect("payment_status", projection.paymentStatus.rawValue)
            expect("shipping_status", projection.shippingStatus.rawValue)
            expect("financial_status", projection.financialStatus?.text)
            expect("fulfillment_status", projection.fulfillmentStatus?.text)
            expect("total_price", projection.totalPrice?.description)
            expect("currency", projection.currency)
            expect("shipping_fee", projection.shippingFee?.description)
            expect("note", projection.note)
            expect("courier", projection.courier?.rawValue)
            expect("tracking_number", projection.trackingNumber)
            expect("cancelled_at", projection.cancelledAt?.iso8601)
            expect("cancel_reason", projection.cancelReason)
            expect("shipping_address", projection.shippingAddress.map { String(decoding: $0, as: UTF8.self) })
            expect("customer", projection.customer.map { String(decoding: $0, as: UTF8.self) })
            #expect(explanation.booking.bookable == projection.bookability.isBookable)
            #expect(!explanation.booking.reasons.isEmpty)
            await Task.yield()
        }
    }

    private static func isRedaction(_ event: EventReference) -> Bool { event.topic.hasSuffix("/redact") }

    @Test(arguments: 0..<4)
    func `without its setter a field changes or is handed over to one that had lost`(part: Int) async {
        for seed in Self.seeds(part) {
            var (events, random) = Self.events(seed: seed)
            let explanation = Accounts.explanation(of: events)
            // A parcel's state is the fold of all its scans: another scan may say the same without having lost to the setter.
            let decided = explanation.fields.filter { !Self.isDerived($0) && !Self.isParcel($0) && $0.setBy != nil }
            for field in decided.shuffled(using: &random).prefix(Self.tries) {
                await Task.yield()
                guard let setter = field.setBy?.event else { continue }
                let rest = events.filter { $0.id != setter.id }
                let after = Accounts.explanation(of: rest)[field.name]
                let heirs = Set(field.lost.map(\.event.id))
                // One request for removal is as good as another: none of them loses.
                let isHandedOver =
                    after?.setBy.map { heirs.contains($0.event.id) || Self.isRedaction(setter) && Self.isRedaction($0.event) }
                    ?? (field.value == nil)
                #expect(after?.value != field.value || isHandedOver, "\(field.name), seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func `the setter alone gives a field its value`(part: Int) async {
        for seed in Self.seeds(part) {
            var (events, random) = Self.events(seed: seed)
            let explanation = Accounts.explanation(of: events)
            let decided = explanation.fields.filter { !Self.isDerived($0) && !Self.isParcel($0) && $0.value != nil }
            for field in decided.shuffled(using: &random).prefix(Self.tries) {
                await Task.yield()
                guard let setter = field.setBy?.event else {
                    Issue.record("nobody set \(field.name), seed \(seed)")
                    continue
                }
                let alone = Accounts.explanation(of: events.filter { $0.id == setter.id })
                #expect(alone[field.name]?.value == field.value, "\(field.name), seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func `without a loser a field stays as it is`(part: Int) async {
        for seed in Self.seeds(part) {
            var (events, random) = Self.events(seed: seed)
            let explanation = Accounts.explanation(of: events)
            let contested = explanation.fields.filter { !Self.isDerived($0) && !Self.isParcel($0) && !$0.lost.isEmpty }
            for field in contested.shuffled(using: &random).prefix(Self.tries) {
                await Task.yield()
                // What hands a field back keeps older edits from it; what names a thing twice sets it too.
                let losers = field.lost.filter { !$0.why.contains("handed") && $0.event.id != field.setBy?.event.id }
                guard !losers.isEmpty else { continue }
                let loser = random.pick(losers)
                let after = Accounts.explanation(of: events.filter { $0.id != loser.event.id })[field.name]
                #expect(after?.value == field.value, "\(field.name) without \(loser.why), seed \(seed)")
                #expect(after?.setBy?.event == field.setBy?.event, "\(field.name) without \(loser.why), seed \(seed)")
            }
        }
    }

    private static func isDerived(_ field: Explanation.Field) -> Bool {
        ["order_status", "status", "payment_status", "shipping_status", "courier", "tracking_number"].contains(field.name)
    }

    private static func isParcel(_ field: Explanation.Field) -> Bool { field.name.hasPrefix("shipment ") }
}
