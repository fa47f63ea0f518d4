import FoundationEssentials
import Orders
import Postgres

/// Which orders a list, a count, an export or a bulk operation means; every part that is set must fit.
struct OrderFilter: Sendable {
    /// Most orders that a selection may name.
    static let maxSelection = 1_000
    /// Most orders that an address may name; more would not fit its line.
    static let maxSelectionInAddress = 300
    private static let searchLength = 200

    var search: OrderSearch?
    /// Nil: whatever the status.
    var orderStatuses: Set<OrderStatus>?
    var payments: [PaymentStatus] = []
    var shippings: [ShippingStatus] = []
    var sources: [String] = []
    var shops: [String] = []
    var couriers: [String] = []
    var needsAttention = false
    var updatedFrom: Instant?
    var updatedTo: Instant?
    var ids: [UUID] = []

    static let parameters: Set<String> = [
        "q", "status", "orderStatus", "payment", "shipping", "source", "shop", "courier", "attention", "updatedFrom", "updatedTo",
        "ids",
    ]

    init() {}

    /// From the parameters of a request.
    init(_ query: QueryParameters) throws {
        search = try query.text("q", atMost: Self.searchLength).flatMap(OrderSearch.init)
        set(
            statuses: try query.choices("status", PublicStatus.self),
            orderStatuses: try query.choices("orderStatus", OrderStatus.self)
        )
        payments = try query.choices("payment", PaymentStatus.self)
        shippings = try query.choices("shipping", ShippingStatus.self)
        sources = try query.texts("source")
        shops = try query.texts("shop")
        couriers = try query.texts("courier")
        needsAttention = try query.flag("attention") ?? false
        updatedFrom = try query.instant("updatedFrom")
        updatedTo = try query.instant("updatedTo")
        ids = try query.uuids("ids", atMost: Self.maxSelectionInAddress)
    }

    /// From the object that a bulk operation carries.
    init(_ object: JSONValue?) throws {
        guard let object, object.isObject else { throw APIError.invalid("filter", "filter must be an object.") }
        try object.refuseOthers(than: Self.parameters)
        func choices<Choice: CaseIterable & RawRepresentable<String>>(_ key: String, _: Choice.Type) throws -> [Choice] {
            try object.inputTexts(key, atMost: 20).map { text in
                guard let choice = Choice(rawValue: text) else { throw APIError.invalid(key, "\(key) has an unknown word.") }
                return choice
            }
        }
        let text = try object.input("q", 1...Self.searchLength)
        search = text.flatMap(OrderSearch.init)
        set(statuses: try choices("status", PublicStatus.self), orderStatuses: try choices("orderStatus", OrderStatus.self))
        // A text without a word, as “#”, finds nothing: a change must not mean every order by it.
        if text != nil, search == nil { orderStatuses = [] }
        payments = try choices("payment", PaymentStatus.self)
        shippings = try choices("shipping", ShippingStatus.self)
        sources = try object.inputTexts("source", atMost: 20)
        shops = try object.inputTexts("shop", atMost: 20)
        couriers = try object.inputTexts("courier", atMost: 20)
        needsAttention = try object.inputFlag("attention") ?? false
        updatedFrom = try object.inputInstant("updatedFrom")
        updatedTo = try object.inputInstant("updatedTo")
        ids = try object.inputTexts("ids", atMost: Self.maxSelection).map { text in
            guard let id = UUID(uuidString: text) else { throw APIError.invalid("ids", "ids must be UUIDs.") }
            return id
        }
    }

    private mutating func set(statuses: [PublicStatus], orderStatuses: [OrderStatus]) {
        guard !statuses.isEmpty || !orderStatuses.isEmpty else { return }
        self.orderStatuses = Set(
            OrderStatus.allCases.filter { status in
                (statuses.isEmpty || statuses.contains(status.publicStatus))
                    && (orderStatuses.isEmpty || orderStatuses.contains(status))
            }
        )
    }

    /// Whether nothing but statuses and the need for attention is asked for: then the kept counts answer.
    var isCounted: Bool {
        search == nil && payments.isEmpty && shippings.isEmpty && sources.isEmpty && shops.isEmpty && couriers.isEmpty
            && updatedFrom == nil && updatedTo == nil && ids.isEmpty
    }

    /// `$1` to `$17` of every statement over `order_list`. A single value travels apart, because an equality can be served in
    /// the order of an index and a list cannot.
    var bindings: [Binding] {
        // No status at all fits no order.
        let statuses = orderStatuses.map { $0.isEmpty ? [""] : $0.map(\.rawValue).sorted() }
        return Self.single(statuses) + Self.single(payments.isEmpty ? nil : payments.map(\.rawValue))
            + Self.single(couriers.isEmpty ? nil : couriers) + [
                .texts(shippings.map(\.rawValue)), .texts(sources), .texts(shops), .bool(needsAttention),
                .timestamptz(updatedFrom?.microseconds), .timestamptz(updatedTo?.microseconds),
                .text(search?.prefixQuery), .text(search?.number?.first), .text(search?.number?.afterLast),
                .text(search?.indexQuery), .uuids(ids),
            ]
    }

    private static func single(_ values: [String]?) -> [Binding] {
        guard let values, values.count != 1 else { return [.text(values?.first), .texts([])] }
        return [.text(nil), .texts(values)]
    }
}
