import Orders
package import Queues
import ServiceRuntime

/// The Shopify Admin API, as far as orders are told what became of their parcels.
///
/// Shopify knows no idempotency key for these mutations: after `unknown`, `lookUp` says whether it was done. The key is sent
/// all the same, for gateways and logs.
package struct ShopifyAdminClient: Sendable {
    private let http: OutboundClient
    private let httpByShop: [String: OutboundClient]
    private let token: String
    private let tokens: [String: String]
    private let path: String
    private let observe: @Sendable (ThrottleStatus, _ shop: String) async -> Void

    /// - Parameters:
    ///   - http: a client of the Admin API's address; it is run by the caller.
    ///   - httpByShop: those of shops with an address of their own, by ``ShopSettingName``.
    ///   - observe: told the budget of the shop after each answer that states it.
    package init(
        http: OutboundClient,
        httpByShop: [String: OutboundClient] = [:],
        configuration: OutboundConfiguration,
        observe: @escaping @Sendable (ThrottleStatus, _ shop: String) async -> Void = { _, _ in }
    ) {
        self.http = http
        self.httpByShop = httpByShop
        token = configuration.shopifyToken
        tokens = configuration.shopifyTokens
        path = "/admin/api/\(configuration.shopifyVersion)/graphql.json"
        self.observe = observe
    }

    /// The order as it is now; `absent` when Shopify does not have it. The key is that of the edit it is looked up for.
    package func lookUp(
        order refID: String,
        shop: String,
        key: String? = nil,
        _ permit: CallPermit = CallPermit()
    ) async -> CallResult<AdminOrder> {
        let orderID = Self.globalID(refID)
        return await call(.order, shop: shop, key: key, permit, { $0.member("id", orderID) }, AdminOrder.init(_:answer:))
    }

    /// Changes the order. Refused with Shopify's `userErrors` in the body when it cannot be done, such as a payment that was
    /// recorded before.
    package func edit(
        order refID: String,
        shop: String,
        key: String,
        _ edit: AdminEdit,
        _ permit: CallPermit = CallPermit()
    ) async -> CallResult<Void> {
        let orderID = Self.globalID(refID)
        return await call(edit.operation, shop: shop, key: key, permit, { edit.write(to: &$0, orderID: orderID) }, { _, _ in () })
    }

    private func call<Value: Sendable>(
        _ operation: AdminOperation,
        shop: String,
        key: String?,
        _ permit: CallPermit,
        _ variables: (inout JSONWriter) -> Void,
        _ read: (JSONValue, _ answer: [UInt8]) -> Value?
    ) async -> CallResult<Value> {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("query", operation.document)
        writer.object("variables", variables)
        writer.endObject()
        let name = ShopSettingName.of(shop)
        let token = tokens[name] ?? token
        var headers = [(name: "X-Shopify-Access-Token", value: token), (name: "X-Shopify-Shop-Domain", value: shop)]
        if let key { headers.append(("Idempotency-Key", key)) }
        let result = await (httpByShop[name] ?? http).send(
            OutboundRequest(operation: operation.field, method: .post, path: path, headers: headers, body: writer.bytes),
            permit
        )
        guard case .success(let body) = result, let answer = GraphQLAnswer(body) else {
            return result.read { _ in nil }
        }
        if let status = answer.throttleStatus { await observe(status, shop) }
        return answer.result(of: operation.field).flatMap { value in
            read(value, body).map { .success($0) } ?? .unknown("the answer is not understood", answer: body)
        }
    }

    private static func globalID(_ refID: String) -> String { "gid://shopify/Order/\(refID)" }
}
