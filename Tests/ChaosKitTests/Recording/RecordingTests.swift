import Orders
import Testing

@testable import ChaosKit

@Suite("A recording keeps what merges need and nothing about people")
struct RecordingTests {
    private let pseudonyms = Pseudonyms(key: Array("key".utf8))
    private static let personal = ["Mariam", "Saleh", "mariam.saleh", "14 El Nasr", "+201000000017", "7300112233445"]

    private func text(_ body: [UInt8]) -> String { String(decoding: body, as: UTF8.self) }

    private func draft(_ updatedAt: Int64, email: String = "mariam.saleh@example.com", price: Int64 = 1) -> EventDraft {
        let body = """
            {"id":1,"updated_at":"\(Instant(unixSeconds: updatedAt) ?? .epoch)","financial_status":"paid","total_price":"\(price).00",\
            "email":"\(email)","customer":{"id":7300112233445,"first_name":"Mariam","created_at":"2025-11-02T10:11:12Z"}}
            """
        return .webhook(
            Webhook(
                topic: "orders/updated",
                shop: "a.myshopify.com",
                webhookID: "w-\(updatedAt)-\(price)-\(email)",
                triggeredAt: Instant(unixSeconds: updatedAt),
                body: Array(body.utf8)
            )
        )
    }

    private func delivered(_ drafts: [EventDraft]) -> [Recording.Delivered] {
        drafts.enumerated().map { Recording.Delivered(draft: $1, receivedAt: .epoch.advanced(byMicroseconds: Int64($0))) }
    }

    @Test func `nothing personal of a whole order is left, and it is valid and of the same shape`() throws {
        let draft = OrderDraft(
            id: .number(5),
            createdAt: .epoch,
            updatedAt: .epoch,
            financialStatus: "paid",
            totalPrice: Money(tenThousandths: 10_000)
        )
        let body = draft.body(.full)
        let replaced = pseudonyms.replaced(body)
        for word in Self.personal { #expect(!text(replaced).contains(word), "\(word)") }
        func keys(_ body: [UInt8]) throws -> [String] { try JSONDocument(parsing: body).root.members.map(\.key) }
        #expect(try keys(replaced) == keys(body))
        let (before, after) = (try JSONDocument(parsing: body).root, try JSONDocument(parsing: replaced).root)
        #expect(after["shipping_address"]?.text("country") == before["shipping_address"]?.text("country"))
        #expect(after.text("total_price") == before.text("total_price"))
        #expect(after.text("email")?.hasSuffix("@example.com") == true)
    }

    @Test func `the same person is the same person everywhere, and another one with another key`() throws {
        func email(_ pseudonyms: Pseudonyms, _ draft: EventDraft) throws -> String? {
            try JSONDocument(parsing: pseudonyms.replaced(draft.body)).root.text("email")
        }
        #expect(try email(pseudonyms, draft(1)) == email(pseudonyms, draft(2)))
        #expect(try email(pseudonyms, draft(1)) != email(pseudonyms, draft(1, email: "other@example.com")))
        #expect(try email(pseudonyms, draft(1)) != email(Pseudonyms(key: [1]), draft(1)))
    }

    @Test func `numbers stay numbers of their length, and empty texts empty`() throws {
        let root = try JSONDocument(
            parsing: pseudonyms.replaced(Array(#"{"customer":{"id":123456,"phone":"+20 100","note":""}}"#.utf8))
        ).root
        let customer = try #require(root["customer"])
        #expect(customer["id"]?.kind == .number)
        #expect(customer.text("id")?.count == 6)
        #expect(customer.text("phone")?.hasPrefix("+") == true)
        #expect(customer.text("note") == "")
    }

    @Test(arguments: 0..<20) func `of two bodies that tie, the one that won wins again`(number: Int) throws {
        let originals = delivered([
            draft(100, email: "one-\(number)@example.com", price: 3), draft(100, email: "two-\(number)@example.com", price: 3),
            draft(100, email: "three-\(number)@example.com", price: 4),
        ])
        let recording = try Recorder(pseudonyms).recording(of: originals)
        func winner(_ deliveries: [Recording.Delivered]) throws -> Int? {
            let order = try ExpectedOrder.fold(deliveries.flatMap { try $0.draft.events(at: $0.receivedAt) }).values.first
            return deliveries.firstIndex { Digest(of: $0.draft.body) == order?.winner }
        }
        #expect(try winner(originals) == winner(recording.deliveries))
        #expect(recording.orders.count == 1 && recording.orders[0].version == 3)
    }

    @Test func `a file is read as it was written`() throws {
        let callback = EventDraft.callback(.native, body: Array(#"{"tracking_number":"T1","status":"shipped"}"#.utf8))
        let recording = try Recorder(pseudonyms).recording(of: delivered([draft(1), draft(2), callback, draft(1)]))
        #expect(recording.deliveries.count == 4)
        #expect(try Recording(lines: recording.lines) == recording)
    }

    @Test func `an order with an event that only its arrival dates cannot be repeated`() throws {
        let undated = EventDraft.webhook(
            Webhook(topic: "orders/updated", shop: "a.myshopify.com", webhookID: "1", body: Array(#"{"id":2}"#.utf8))
        )
        let orders = try Recorder(pseudonyms).recording(of: delivered([draft(1), undated])).orders
        #expect(Set(orders.map { "\($0.refID) \($0.isRepeatable)" }) == ["1 true", "2 false"])
    }

    @Test(arguments: ["{}", #"{"format":"other"}"#, "nonsense"]) func `another file is refused`(text: String) {
        #expect(throws: Recording.Fault.self) { try Recording(lines: [Array(text.utf8)]) }
    }

    @Test func `a replay that came to something else is found`() throws {
        let recording = try Recorder(pseudonyms).recording(of: delivered([draft(1), draft(2)]))
        let id = OrderID(source: "shopify", shop: "a.myshopify.com", refID: "1")
        func broken(_ order: ObservedDelivery.Order?) -> Int {
            RecordedOutcome(recording: recording, observed: order.map { [id: $0] } ?? [:]).assertions.count { !$0.holds }
        }
        let good = ObservedDelivery.Order(
            version: 2,
            stateHash: recording.orders[0].stateHash,
            status: "",
            paymentStatus: ""
        )
        #expect(broken(good) == 0)
        #expect(broken(nil) == 2)
        #expect(broken(.init(version: 2, stateHash: Digest(of: []), status: "", paymentStatus: "")) == 1)
        #expect(broken(.init(version: 3, stateHash: good.stateHash, status: "", paymentStatus: "")) == 1)
    }
}
