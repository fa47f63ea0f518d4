import ChaosKit
import Orders
import Queues
import Synchronization
import Testing

@testable import Orchestration

@Suite("The Shopify Admin client", .timeLimit(.minutes(5)))
struct ShopifyAdminClientTests {
    private static let shop = "test.myshopify.com"
    private static let courier = CourierName("bosta")

    @Test func `tells an order's whole story, each part once`() async throws {
        try await OutsideWorld.with { world in
            let shopify = world.shopify
            let order = try await Self.order(shopify)
            let open = order.fulfillmentOrders.filter(\.isOpen).map(\.id)
            #expect(open.count == 1)
            let parcel = AdminEdit.fulfill(
                fulfillmentOrders: open,
                courier: try #require(Self.courier),
                trackingNumber: "T-1"
            )
            #expect(await Self.edit(shopify, "fulfill", parcel) == "success")
            let fulfillment = try #require(try await Self.order(shopify).fulfillment(trackingNumber: "t-1"))
            let delivered = AdminEdit.event(fulfillment: fulfillment.id, .delivered)
            #expect(await Self.edit(shopify, "delivered", delivered) == "success")
            #expect(await Self.edit(shopify, "paid", .markAsPaid) == "success")
            let note = order.note(adding: "Cancelled by the courier")
            #expect(await Self.edit(shopify, "note", .update(note: note, tags: ["courier-cancelled"])) == "success")

            let label = AdminEdit.track(
                fulfillment: fulfillment.id,
                courier: try #require(Self.courier),
                trackingNumber: "T-2"
            )
            for _ in 1...2 { #expect(await Self.edit(shopify, "track", label) == "success") }

            let told = try await Self.order(shopify)
            #expect(told.fulfillments.map(\.trackingNumbers) == [["T-2"]])
            #expect(told.financialStatus == "PAID")
            #expect(told.fulfillments.map(\.events) == [["DELIVERED"]])
            #expect(told.note == "Cancelled by the courier")
            #expect(told.note(adding: "Cancelled by the courier") == told.note)
            #expect(told.tags == ["courier-cancelled"])
            #expect(told.fulfillmentOrders.allSatisfy { !$0.isOpen })

            #expect(await Self.edit(shopify, "paid", .markAsPaid) == "refused")
            #expect(await Self.edit(shopify, "other", parcel) == "refused")
            #expect(world.sandbox.report().assertions.allSatisfy { $0.holds })
        }
    }

    @Test func `is throttled by the budget of the shop, and tells it to whoever limits the calls`() async throws {
        let seen = Seen()
        let observe = { @Sendable (status: ThrottleStatus, shop: String) in
            #expect(shop == Self.shop)
            seen.values.withLock { $0.append(status.currentlyAvailable) }
        }
        var options = SandboxOptions()
        options.budget = (20, 1)
        try await OutsideWorld.with(options: options, observe: observe) { world in
            #expect(await Self.edit(world.shopify, "1", .update(note: "a", tags: nil)) == "success")
            #expect(await Self.edit(world.shopify, "2", .update(note: "b", tags: nil)) == "success")
            let result = await world.shopify.edit(order: "1", shop: Self.shop, key: "3", .update(note: "c", tags: nil))
            guard case .throttled(let after) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(after > .seconds(5) && after <= .seconds(10))
        }
        #expect(seen.values.withLock { $0.count } == 3)
    }

    @Test func `is refused with a wrong token`() async throws {
        var options = SandboxOptions()
        options.shopifyToken = "right"
        try await OutsideWorld.with(settings: ["SHOPIFY_ADMIN_TOKEN": "wrong"], options: options) { world in
            guard case .refused(401, _) = await world.shopify.lookUp(order: "1", shop: Self.shop) else {
                Issue.record("not refused")
                return
            }
        }
    }

    @Test(
        arguments: [
            "500", "reset", "timeout", "accept-then-reset", "malformed", "oversized", "wrong-subject",
        ]
    )
    func `does not know what became of a call that was not answered well`(fault: String) async throws {
        let settings = fault == "timeout" ? ["SHOPIFY_CALL_TIMEOUT_MS": "2000"] : [:]
        try await OutsideWorld.with(faults: ["order-update/\(fault)"], settings: settings) { world in
            #expect(await Self.edit(world.shopify, "1", .update(note: "a", tags: nil)) == "unknown")
        }
    }

    @Test func `waits as long as it is asked to`() async throws {
        try await OutsideWorld.with(faults: ["shopify/429=4s"]) { world in
            let result = await world.shopify.lookUp(order: "1", shop: Self.shop)
            #expect(result == .throttled(after: .seconds(4)))
        }
    }

    private static func order(_ shopify: ShopifyAdminClient) async throws -> AdminOrder {
        guard case .success(let order) = await shopify.lookUp(order: "1", shop: shop) else { throw NotFound() }
        return order
    }

    private static func edit(_ shopify: ShopifyAdminClient, _ key: String, _ edit: AdminEdit) async -> String {
        await shopify.edit(order: "1", shop: shop, key: key, edit).outcome
    }

    private struct NotFound: Error {}

    private final class Seen: Sendable {
        let values = Mutex<[Double]>([])
    }
}
