import TestSeed
import Testing

@testable import Orders

/// After all is quiet there is one booking where one is wanted or on its way, and none elsewhere: in every arrival order,
/// whatever crashes, times out or arrives late.
@Suite struct BookingPropertyTests {
    static let runs = 12_000
    static let seed = MergeAlgebraTests.seed
    /// Nobody delivers there.
    static let refusedDestination = Digest(of: Array(#"{"city":"Mars"}"#.utf8))

    /// Decoded once.
    static let pool: [DecodedFact] = {
        var random = SeededGenerator(seed: seed &+ 77)
        return (0..<300).compactMap { _ in try? fact(&random) }
    }()

    @Test(arguments: 0..<4)
    func `effective bookings are the same in every arrival order`(part: Int) async throws {
        try #require(Self.pool.count == 300)
        var random = SeededGenerator(seed: Self.seed &+ 100 &+ UInt64(part))
        for run in 0..<(Self.runs / 4 / 4) {
            let facts = (0..<Int.random(in: 1...6, using: &random)).map { _ in random.pick(Self.pool) }
            var results: Set<[String]> = []
            // Others wait for this thread, some with a time limit.
            await Task.yield()
            for arrival in 0..<4 {
                // Parcels that move make a history of their own, which another arrival order does not share.
                let moves = arrival == 3
                var order = SimulatedOrder(
                    facts.shuffled(using: &random),
                    moves: moves,
                    random: SeededGenerator(seed: random.next())
                )
                let isQuiet = try order.run()
                let complaints = Self.complaints(order) + (isQuiet ? [] : ["it does not come to rest"])
                guard complaints.isEmpty else {
                    Issue.record("seed \(Self.seed), part \(part), run \(run): \(complaints), \(order.bookings)")
                    return
                }
                if !moves { results.insert(Self.effect(order)) }
            }
            guard results.count == 1 else {
                Issue.record("seed \(Self.seed), part \(part), run \(run): \(results)")
                return
            }
        }
    }

    private static func complaints(_ order: SimulatedOrder) -> [String] {
        var complaints = order.complaints + order.courier.complaints
        let situation = order.situation
        let isOut = situation.parcels.values.contains { $0.isOut }
        let isRefused = situation.destination == refusedDestination
        let expected = isOut || (situation.isWanted && !isRefused) ? 1 : 0
        let active = order.bookings.filter(\.isActive)
        if active.count != expected { complaints.append("\(active.count) active bookings instead of \(expected)") }
        if order.bookings.contains(where: { $0.isLate && $0.state.isActive }) { complaints.append("a late label is left") }
        if order.courier.liveLabels != expected {
            complaints.append("\(order.courier.liveLabels) labels at the courier instead of \(expected)")
        }
        return complaints
    }

    /// What must not depend on the arrival order: where a courier goes, if at all.
    private static func effect(_ order: SimulatedOrder) -> [String] {
        order.bookings.filter(\.isActive).map { "\($0.state) \($0.destination)" }
    }

    /// A few words of a shop that changes its mind.
    private static func fact(_ random: inout SeededGenerator) throws -> DecodedFact {
        let second = Int.random(in: 0..<8, using: &random)
        let time = "2026-01-18T17:00:0\(second)Z"
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1:
            let topic = random.pick(["fulfillment_holds/added", "fulfillment_holds/released"])
            return try Facts.decoded(topic, #"{"fulfillment_hold":{"id":"h","updated_at":"\#(time)"}}"#)
        case 2:
            let set = random.pick([#""shipping_address":{"city":"Giza"}"#, #""shipping_address":null"#])
            let edit = #"{"edit_id":"\#(second)","editor":"ana","edited_at":"\#(time)","set":{\#(set)}}"#
            return try Facts.decoded("console/edit", edit, source: "console")
        default: break
        }
        let status = random.pick(["paid", "paid", "paid", "paid", "pending", "partially_refunded", "authorized"])
        let city = random.pick(["Cairo", "Cairo", "Cairo", "Luxor", "Mars"])
        let cancelled = random.chance(12) ? #","cancelled_at":"\#(time)""# : ""
        let shipped = random.chance(15) ? #","fulfillment_status":"fulfilled""# : ""
        let lines = #""line_items":[{"id":1,"fulfillable_quantity":1,"requires_shipping":true}]"#
        let body = #"""
            {"id":"1","updated_at":"\#(time)","financial_status":"\#(status)","shipping_address":{"city":"\#(city)"},
             \#(lines)\#(cancelled)\#(shipped)}
            """#
        return try Facts.decoded("orders/updated", body)
    }
}
