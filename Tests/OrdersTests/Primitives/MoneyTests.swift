import Testing

@testable import Orders

@Suite("Money")
struct MoneyTests {
    @Test(
        arguments: [
            ("150.00", 1_500_000, "150.00"), ("0.125", 1_250, "0.125"), ("-150", -1_500_000, "-150.00"), ("0", 0, "0.00"),
            ("-0.00", 0, "0.00"), ("1.99999", 19_999, "1.9999"), ("-1.99999", -19_999, "-1.9999"), ("007.10", 71_000, "7.10"),
            ("-0.5", -5_000, "-0.50"), ("922337203685477.5807", .max, "922337203685477.5807"),
            ("-922337203685477.5807", -.max, "-922337203685477.5807"), ("1.00000000000000000000000000001", 10_000, "1.00"),
        ] as [(String, Int64, String)]
    )
    func `reads and prints decimals`(text: String, tenThousandths: Int64, printed: String) {
        #expect(Money(text)?.tenThousandths == tenThousandths)
        #expect(Money(text)?.description == printed)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "-.5", "+1", "1e2", "1,00", " 1", "1 ", "1.2.3", "--1", "1-", "NaN", "0x1", "١",
        "922337203685477.5808", "99999999999999999999", "922337203685478",
    ])
    func `refuses everything else`(text: String) {
        #expect(Money(text) == nil)
    }

    @Test(arguments: [(#""12.5""#, "12.50"), ("12.5", "12.50"), ("960", "960.00"), ("1e2", nil), ("null", nil), ("[]", nil)])
    func `JSON amounts are texts or numbers`(json: String, expected: String?) throws {
        #expect(Money(json: try document(json).root)?.description == expected)
    }

    @Test
    func `sums hold at the limits`() {
        #expect(Money(tenThousandths: .max) + Money("1.00")! == Money(tenThousandths: .max))
        #expect(Money(tenThousandths: .min) + Money("-1.00")! == Money(tenThousandths: .min))
        #expect(Money(tenThousandths: .min).description == "-922337203685477.5808")
        #expect(Money("1.50")! + Money("-0.25")! == Money("1.25"))
        #expect(Money("-1")! < .zero)
    }
}
