import Orders
import Testing

@testable import ChaosKit

@Suite("A set of events can be told about other orders")
struct EventSetTests {
    private let set = GeneratedEvents(orders: 3, seed: 5).set()

    private func orders(_ drafts: [EventDraft]) throws -> Set<OrderID> {
        Set(
            try drafts.flatMap { try $0.events(at: .epoch) }.compactMap { event -> OrderID? in
                if case .order(let id) = event.subject { return id }
                return nil
            }
        )
    }

    @Test func `two copies have no order in common, and each as many as the set`() throws {
        let (one, another) = (try orders(try set.copy(1)), try orders(try set.copy(2)))
        #expect(try one.count == orders(set.drafts).count)
        #expect(one.isDisjoint(with: another))
    }

    @Test func `bodies stay equal to the byte unless they name a parcel or the shop`() throws {
        let changed = zip(set.drafts, try set.copy(7)).filter { $0.body != $1.body }.map(\.1)
        #expect(!changed.isEmpty)
        for draft in changed {
            let text = String(decoding: draft.body, as: UTF8.self)
            #expect(text.contains("CHAOS7F3K00007") || text.contains("p00007-chaos.myshopify.com"))
        }
    }

    @Test func `the pure fold of every copy is the same but for its parcels`() throws {
        func hashes(_ number: Int) throws -> Set<Digest> {
            let drafts = try set.copy(number)
            return Set(try ExpectedOrder.fold(drafts.flatMap { try $0.events(at: .epoch) }).values.map(\.stateHash))
        }
        let (one, another) = (try hashes(1), try hashes(2))
        #expect(one.count == 3)
        #expect(one.intersection(another).count == 2)
    }

    @Test(arguments: 0..<40 as Range<UInt64>) func `generated events can be compared, whatever the seed`(seed: UInt64) throws {
        #expect(try GeneratedEvents(orders: 3, seed: seed).set().objection() == nil)
        #expect(try GeneratedEvents(orders: 3, seed: seed, booking: true).set().objection() == nil)
    }

    @Test func `an event that only its arrival dates is objected to`() throws {
        let body = Array(#"{"id":1,"total_price":"1.00"}"#.utf8)
        let set = EventSet(
            name: "undated",
            drafts: [.webhook(Webhook(topic: "orders/updated", shop: "a.myshopify.com", webhookID: "1", body: body))]
        )
        #expect(try set.objection()?.contains("dates") == true)
    }

    @Test func `a replacement takes the longest text and each place once`() {
        let replacement = TextReplacement([(Array("AB".utf8), Array("ABC".utf8)), (Array("ABX".utf8), Array("-".utf8))])
        #expect(replacement.applied(to: Array("AB ABX AAB".utf8)) == Array("ABC - AABC".utf8))
    }
}
