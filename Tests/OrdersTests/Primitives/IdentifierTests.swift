import FoundationEssentials
import Testing

@testable import Orders

@Suite("Digests and ids")
struct IdentifierTests {
    @Test
    func `a digest is the SHA-256 of its bytes`() throws {
        let digest = Digest(of: Array("abc".utf8))
        #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest(hex: digest.hex.uppercased()) == digest)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(bytes: digest.bytes.dropLast()) == nil)
        #expect(Digest(hex: "zz" + digest.hex.dropFirst(2)) == nil)
        #expect(Digest(hex: "ab") == nil)
    }

    @Test
    func `digests are ordered as their bytes are`() {
        let digests = (0..<200).map { Digest(of: [UInt8($0)]) }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    }

    @Test
    func `name-based UUIDs are those of RFC 9562`() throws {
        let dns = try #require(UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        #expect(UUID(namespace: dns, name: "www.example.com").uuidString.lowercased() == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test
    func `ids of names are stable and differ with each name`() throws {
        let id = OrderID(source: "shopify", shop: "a.example", refID: "1")
        #expect(id == OrderID(source: "shopify", shop: "a.example", refID: "1"))
        #expect(id.description == "0ab3c8bd-defd-582e-bc67-d067e6701981")
        let others = [
            OrderID(source: "storefront", shop: "a.example", refID: "1"),
            OrderID(source: "shopify", shop: "b.example", refID: "1"),
            OrderID(source: "shopify", shop: "a.example", refID: "2"),
        ]
        #expect(Set(others + [id]).count == 4)
        #expect(
            ShopID(source: "bosta", shop: "1").uuid
                != WaybillID(courier: try #require(CourierName("bosta")), trackingNumber: "1").uuid
        )
    }

    @Test
    func `ids are read from UUID texts only and ordered by bytes`() {
        #expect(OrderID("2ED6657D-E927-568B-95E1-2665A8AEA6A2")?.description == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
        for text in ["", "1", "2ed6657de927568b95e12665a8aea6a2", "2ed6657d-e927-568b-95e1-2665a8aea6a2 ", "{2ed6657d}"] {
            #expect(EventID(text) == nil)
        }
        let ids = (0..<200).map { OrderID(source: "s", shop: "s", refID: "\($0)") }
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }

    @Test
    func `a subject survives its kind and uuid`() {
        let uuid = OrderID(source: "a", shop: "b", refID: "c").uuid
        for subject in [Subject.order(OrderID(uuid)), .waybill(WaybillID(uuid)), .shop(ShopID(uuid))] {
            #expect(Subject(kind: subject.kind, uuid: subject.uuid) == subject)
        }
        #expect(Subject(kind: "parcel", uuid: uuid) == nil)
    }

    @Test
    func `a fact is its topic, its body and its part`() {
        let (one, two) = (Digest(of: [1]), Digest(of: [2]))
        let facts = [
            FactID(topic: "a", bodyHash: one), FactID(topic: "b", bodyHash: one), FactID(topic: "a", bodyHash: two),
            FactID(topic: "a", bodyHash: one, part: "p"),
        ]
        #expect(Set(facts).count == 4)
    }
}
