import Orders
import Testing

@testable import ChaosKit

@Suite("A generated order body")
struct OrderDraftTests {
    private func draft(lines: Int = 1) -> OrderDraft {
        let time = Instant(unixSeconds: 1_768_755_600) ?? .epoch
        var draft = OrderDraft(
            id: .number(6_120_034_517_001),
            createdAt: time,
            updatedAt: time.advanced(byMicroseconds: 1_000_000),
            financialStatus: "paid",
            totalPrice: Money(tenThousandths: 1_500_000)
        )
        draft.lines = lines
        return draft
    }

    @Test func `has the promised size`() {
        #expect(draft().body(.minimal).count < 200)
        for lines in 1...3 {
            #expect((2_048...4_096).contains(draft(lines: lines).body(.realistic).count))
            #expect((8_000...12_000).contains(draft(lines: lines).body(.full).count))
        }
    }

    @Test(arguments: BodySize.allCases)
    func `is JSON with every place filled in`(size: BodySize) throws {
        var draft = draft(lines: 2)
        draft.cancelledAt = draft.updatedAt
        let body = draft.body(size)
        #expect(!String(decoding: body, as: UTF8.self).contains("{{"))
        let root = try JSONDocument(parsing: body).root
        #expect(root["id"]?.text == "6120034517001")
        #expect(root["financial_status"]?.text == "paid")
        #expect(root["total_price"]?.text == "150.00")
        #expect(root["updated_at"]?.text == draft.updatedAt.description)
        #expect(root["cancelled_at"]?.text == draft.updatedAt.description)
    }

    @Test func `takes only text ids that need no escaping`() {
        #expect(OrderReference.isText("order_chaos_test_12345"))
        #expect(OrderReference.isText(String(repeating: "a", count: 64)))
        #expect(!OrderReference.isText(String(repeating: "a", count: 65)), "ingest takes no longer ones")
        for text in ["", "a b", "a\"", "a\\", "é", "a\n"] { #expect(!OrderReference.isText(text)) }
    }
}
