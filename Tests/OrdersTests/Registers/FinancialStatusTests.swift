import Testing

@testable import Orders

@Suite struct FinancialStatusTests {
    static let ranks: [(String, Int)] = [
        ("pending", 0), ("authorized", 1), ("partially_paid", 2), ("paid", 3), ("partially_refunded", 4), ("refunded", 5),
        ("voided", 5), ("expired", 5), ("of_the_moon", -1),
    ]

    @Test(arguments: ranks)
    func `ranks break ties as specified and words survive`(text: String, rank: Int) {
        #expect(FinancialStatus(text: text).rank == rank)
        #expect(FinancialStatus(text: text).text == text)
    }

    @Test func `fulfillment ranks are as specified`() {
        let ranks = [nil, "partial", "fulfilled", "restocked", "beamed"].map { text in
            FulfillmentStatus.rank(text.map(FulfillmentStatus.init))
        }
        #expect(ranks == [0, 1, 2, 3, -1])
    }

    /// Whom each status may legally become, itself left out.
    static let legal: [String: Set<String>] = [
        "pending": ["authorized", "partially_paid", "paid", "voided", "expired"],
        "authorized": ["partially_paid", "paid", "voided", "expired"],
        "partially_paid": ["paid", "partially_refunded", "refunded", "voided"],
        "paid": ["partially_refunded", "refunded", "partially_paid"],
        "partially_refunded": ["refunded", "partially_paid"],
        "refunded": [], "voided": [], "expired": [],
    ]

    @Test(arguments: legal.keys)
    func `payments move as the table says`(from: String) throws {
        let successors = try #require(Self.legal[from])
        for to in Self.legal.keys {
            let expected = from == to || successors.contains(to)
            #expect(FinancialStatus(text: from).canBecome(FinancialStatus(text: to)) == expected, "\(from) → \(to)")
        }
    }

    @Test func `unknown values are never blamed for a transition`() {
        #expect(FinancialStatus.refunded.canBecome(.unknown("x")))
        #expect(FinancialStatus.unknown("x").canBecome(.pending))
    }
}
