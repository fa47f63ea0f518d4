import Orders

/// A GraphQL request as far as the sandbox understands it: its one field and its variables.
struct GraphQLCall: Sendable {
    let operation: SandboxCall.Operation
    let variables: JSONValue?

    /// The id of what it is about: of an order, a fulfillment order or a fulfillment.
    var target: String? {
        switch operation {
        case .order: variables?.text("id")
        case .fulfillmentCreate:
            variables?["fulfillment"]?.elements("lineItemsByFulfillmentOrder").first?.text("fulfillmentOrderId")
        case .fulfillmentTrackingUpdate: variables?.text("fulfillmentId")
        case .fulfillmentEventCreate: variables?["fulfillmentEvent"]?.text("fulfillmentId")
        case .orderMarkAsPaid, .orderUpdate: variables?["input"]?.text("id")
        case .book, .lookUp, .cancel, .returnShipment: nil
        }
    }

    /// The name of the field in answers.
    var field: String { Self.fields.first { $0.value == operation }?.key ?? "" }

    /// The order in Shopify that the target belongs to: ids of the sandbox carry it behind their last slash, before a dash.
    var orderID: String? {
        target.flatMap { $0.split(separator: "/").last }.map { String($0.prefix { $0 != "~" }) }
    }

    /// Nil for a body that is no request or whose field is not one of the six.
    init?(_ body: [UInt8]) {
        guard let root = try? JSONDocument(parsing: body).root, let query = root.text("query"),
            let field = Self.firstField(of: query), let operation = Self.fields[field]
        else { return nil }
        self.operation = operation
        variables = root["variables"]
    }

    private static let fields: [String: SandboxCall.Operation] = [
        "order": .order, "fulfillmentCreate": .fulfillmentCreate, "fulfillmentEventCreate": .fulfillmentEventCreate,
        "fulfillmentTrackingInfoUpdate": .fulfillmentTrackingUpdate, "orderMarkAsPaid": .orderMarkAsPaid,
        "orderUpdate": .orderUpdate,
    ]

    /// The first name within the outermost braces.
    private static func firstField(of query: String) -> String? {
        guard let brace = query.firstIndex(of: "{") else { return nil }
        let name = query[query.index(after: brace)...].drop { $0.isWhitespace }.prefix { $0.isLetter || $0 == "_" }
        return name.isEmpty ? nil : String(name)
    }
}
