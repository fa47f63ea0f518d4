import Orders

/// The Shopify Admin API of the sandbox: six operations, a budget for each shop.
struct SandboxShopify: Sendable {
    /// Orders and shops that are remembered; beyond it requests are answered 503.
    static let (maxOrders, maxShops) = (500_000, 10_000)
    /// Events that one fulfillment can have.
    static let maxEvents = 100

    private let budget: (maximum: Double, restoreRate: Double)
    /// By shop and id: two shops may well have orders of one id.
    private var orders: [String: SandboxOrder] = [:]
    private var buckets: [String: CostBucket] = [:]
    /// How often each effect was made that must not be made twice, by order and key.
    private var effects: [String: Int] = [:]
    private(set) var doubledEffects = 0

    init(maximum: Double, restoreRate: Double) {
        budget = (maximum, restoreRate)
    }

    var counts: (orders: Int, fulfillments: Int, events: Int, paid: Int, noted: Int) {
        orders.values.reduce(into: (orders.count, 0, 0, 0, 0)) { counts, order in
            counts.1 += order.fulfillments.count
            counts.2 += order.fulfillments.reduce(0) { $0 + $1.events.count }
            counts.3 += order.isPaid ? 1 : 0
            counts.4 += order.note.isEmpty ? 0 : 1
        }
    }

    mutating func perform(_ call: GraphQLCall, orderID: String, key: String, shop: String, now: ContinuousClock.Instant)
        -> SandboxAnswer
    {
        let place = "\(shop) \(orderID)"
        guard buckets.count < Self.maxShops || buckets[shop] != nil, orders.count < Self.maxOrders || orders[place] != nil
        else {
            return .error(503, "unavailable", "the sandbox is full", retryAfter: .seconds(1))
        }
        var bucket = buckets[shop] ?? CostBucket(maximum: budget.maximum, restoreRate: budget.restoreRate, now: now)
        let isAllowed = bucket.take(call.operation.cost, now: now)
        let left = bucket.refill(now: now)
        buckets[shop] = bucket
        guard isAllowed else { return throttled(call.operation, left: left) }
        var order = orders[place] ?? SandboxOrder(id: orderID)
        let refusal = change(&order, by: call)
        if refusal == nil, call.operation.mustNotRepeat, !key.isEmpty {
            let made = effects["\(place) \(key)", default: 0] + 1
            effects["\(place) \(key)"] = made
            if made == 2 { doubledEffects += 1 }
        }
        orders[place] = order
        var answer = SandboxAnswer.json(200) { writer in
            writer.object("data") { writer in
                writer.object(call.field) { write(call, order, refusal, to: &$0) }
            }
            cost(call.operation, left: left, to: &writer)
        }
        answer.isRefusal = refusal != nil
        return answer
    }

    /// A reason when nothing was changed.
    private func change(_ order: inout SandboxOrder, by call: GraphQLCall) -> String? {
        let variables = call.variables
        switch call.operation {
        case .fulfillmentCreate:
            guard order.fulfillments.isEmpty else { return "Fulfillment order has an unfulfillable status= closed." }
            let info = variables?.value(at: ["fulfillment", "trackingInfo"])
            order.fulfillments.append(
                .init(
                    id: "gid://shopify/Fulfillment/\(order.id)~\(order.fulfillments.count + 1)",
                    company: info?.text("company") ?? "",
                    number: info?.text("number") ?? ""
                )
            )
        case .fulfillmentTrackingUpdate:
            guard let index = order.fulfillments.firstIndex(where: { $0.id == call.target }) else {
                return "Fulfillment not found."
            }
            order.fulfillments[index].company = variables?.value(at: ["trackingInfoInput", "company"])?.text ?? ""
            order.fulfillments[index].number = variables?.value(at: ["trackingInfoInput", "number"])?.text ?? ""
        case .fulfillmentEventCreate:
            guard let index = order.fulfillments.firstIndex(where: { $0.id == call.target }) else {
                return "Fulfillment not found."
            }
            guard order.fulfillments[index].events.count < Self.maxEvents else { return "Too many events." }
            order.fulfillments[index].events.append(variables?["fulfillmentEvent"]?.text("status") ?? "")
        case .orderMarkAsPaid:
            guard !order.isPaid else { return "Order cannot be marked as paid." }
            order.isPaid = true
        case .orderUpdate:
            if let note = variables?["input"]?.text("note") { order.note = note }
            if variables?["input"]?["tags"] != nil { order.tags = variables?["input"]?.elements("tags").compactMap(\.text) ?? [] }
        case .order, .book, .lookUp, .cancel, .returnShipment: break
        }
        return nil
    }

    private func write(_ call: GraphQLCall, _ order: SandboxOrder, _ refusal: String?, to writer: inout JSONWriter) {
        if call.operation == .order { return order.write(to: &writer) }
        if refusal == nil {
            switch call.operation {
            case .fulfillmentCreate, .fulfillmentTrackingUpdate:
                writer.object("fulfillment") { $0.member("id", order.fulfillments.last?.id) }
            case .fulfillmentEventCreate:
                writer.object("fulfillmentEvent") { $0.member("id", "gid://shopify/FulfillmentEvent/\(order.id)") }
            default:
                writer.object("order") { $0.member("id", order.globalID) }
            }
        }
        writer.array("userErrors", refusal.map { [$0] } ?? []) { writer, message in
            writer.beginObject()
            writer.member("message", message)
            writer.endObject()
        }
    }

    /// Shopify throttles with a status of 200.
    func throttled(_ operation: SandboxCall.Operation, left: Double) -> SandboxAnswer {
        var answer = SandboxAnswer.json(200) { writer in
            writer.array("errors", ["THROTTLED"]) { writer, code in
                writer.beginObject()
                writer.member("message", "Throttled")
                writer.object("extensions") { $0.member("code", code) }
                writer.endObject()
            }
            cost(operation, left: left, to: &writer)
        }
        answer.isRefusal = true
        return answer
    }

    private func cost(_ operation: SandboxCall.Operation, left: Double, to writer: inout JSONWriter) {
        writer.object("extensions") { writer in
            writer.object("cost") { writer in
                writer.member("requestedQueryCost", Int64(operation.cost))
                writer.object("throttleStatus") { writer in
                    let points = [
                        ("maximumAvailable", budget.maximum), ("currentlyAvailable", left), ("restoreRate", budget.restoreRate),
                    ]
                    for (name, value) in points {
                        writer.key(name)
                        writer.text("\(value)")
                    }
                }
            }
        }
    }
}
