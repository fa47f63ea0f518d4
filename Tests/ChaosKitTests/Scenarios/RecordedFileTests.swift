import NIOCore
import Orders
import Testing

@testable import ChaosKit

@Suite("A recorded file")
struct RecordedFileTests {
    private static let samples: String = {
        let path = #filePath
        return path.firstRange(of: "/Tests/").map { String(path[..<$0.lowerBound]) + "/chaos/samples" } ?? path
    }()

    private func delivery(_ name: String, _ overrides: RecordedFile.Overrides = .init()) throws -> (Delivery, String) {
        let file = try RecordedFile(path: "\(Self.samples)/\(name)", overrides: overrides)
        let signature = file.courier.map { CourierSigner(provider: $0, secret: "s").header(for: file.body, at: .epoch) }
        let delivery = try file.delivery(
            host: "h:1",
            signature: signature ?? ("x-shopify-hmac-sha256", ShopifySigner(secret: "s").signature(of: file.body)),
            defaultShop: "d.myshopify.com",
            at: .epoch
        )
        return (delivery, String(buffer: delivery.request.bytes))
    }

    @Test func `of Shopify is sent with its headers and a new signature`() throws {
        let (delivery, text) = try delivery("shopify/orders-create.json")
        #expect(text.hasPrefix("POST /webhooks/shopify HTTP/1.1\r\nHost: h:1\r\n"))
        #expect(text.contains("X-Shopify-Topic: orders/create\r\n"))
        #expect(!text.contains("aOzUYDm6YJHibn7gl1trLZ2COlpORG2yjBSe7s2QxwM="))
        #expect(delivery.events.map(\.shop) == ["nile-lantern.myshopify.com"])
    }

    @Test func `of a courier goes to the courier's route`() throws {
        let (delivery, text) = try delivery("courier/easypost-delivered.json")
        #expect(text.hasPrefix("POST /webhooks/couriers/easypost HTTP/1.1\r\n"))
        #expect(text.contains("X-Hmac-Signature: hmac-sha256-hex="))
        #expect(delivery.events.count == 1)
    }

    @Test func `follows what its sender overrides`() throws {
        let (delivery, text) = try delivery(
            "shopify/orders-create.json",
            .init(topic: "orders/paid", shop: "x.myshopify.com", webhookID: "w1")
        )
        #expect(text.contains("X-Shopify-Topic: orders/paid\r\n"))
        #expect(delivery.events.map(\.shop) == ["x.myshopify.com"])
        #expect(delivery.events.map(\.deliveryID) == ["w1"])
    }

    @Test func `that is not there, or not what its sender sends, is a fault that names it`() {
        #expect { try delivery("nothing.json") } throws: { "\($0)".contains("nothing.json cannot be read") }
        #expect { try delivery("shopify/orders-create.json", .init(topic: "orders/paid\r\nX: y")) } throws: {
            "\($0)".contains("orders-create.json: the header “X-Shopify-Topic” is not one line")
        }
        #expect { try delivery("../README.md") } throws: { "\($0)".contains("README.md: ") }
    }

    @Test func `of Bosta carries its token where the shop has said`() {
        let signer = CourierSigner(provider: .bosta, secret: "s", bostaHeader: "X-Token")
        #expect(signer.header(for: [], at: .epoch) == ("X-Token", "s"))
    }
}
