import Orders
import Queues

/// An answer of the Shopify Admin API: a success of HTTP says nothing yet.
struct GraphQLAnswer: Sendable {
    private let root: JSONValue
    private let body: [UInt8]

    /// Nil unless it is a JSON object with `data` or `errors`.
    init?(_ body: [UInt8]) {
        guard let root = try? JSONDocument(parsing: body, limits: .answer).root, root.isObject,
            root["data"] != nil || root["errors"] != nil
        else { return nil }
        self.root = root
        self.body = body
    }

    var throttleStatus: ThrottleStatus? {
        ThrottleStatus(root.value(at: ["extensions", "cost", "throttleStatus"]))
    }

    private var requestedCost: Double {
        root.value(at: ["extensions", "cost", "requestedQueryCost"])?.text.flatMap { Double($0) } ?? 1
    }

    /// What became of the operation that the field names.
    ///
    /// An error beside data may hide that the mutation was done, so it is unknown; errors that Shopify raises before it does
    /// anything are refusals.
    func result(of field: String) -> CallResult<JSONValue> {
        let codes = (root["errors"]?.elements).map { $0.map { $0.value(at: ["extensions", "code"])?.text ?? "" } } ?? []
        if codes.contains("THROTTLED") {
            return .throttled(after: throttleStatus?.wait(for: requestedCost) ?? HTTPAnswer.defaultWait)
        }
        let value = root["data"]?[field]
        if root["errors"].map({ !$0.isNull }) == true {
            let isRefusal = !codes.isEmpty && codes.allSatisfy(Self.refusals.contains)
            return isRefusal ? .refused(status: 200, body: body) : .unknown("the answer has errors", answer: body)
        }
        guard let value else { return .unknown("the answer has no \(field)", answer: body) }
        if value.isNull { return .absent(answer: body) }
        if !value.elements("userErrors").isEmpty { return .refused(status: 200, body: body) }
        return .success(value)
    }

    /// Codes of errors that are raised before anything is done.
    private static let refusals: Set = [
        "ACCESS_DENIED", "SHOP_INACTIVE", "MAX_COST_EXCEEDED", "BAD_REQUEST", "undefinedField", "argumentLiteralsIncompatible",
        "missingRequiredInputObjectAttribute", "variableMismatch", "argumentNotAccepted", "INVALID_VARIABLE", "parseError",
    ]
}
