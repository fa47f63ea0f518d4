/// How much of an order is shipped, as its source says it.
package enum FulfillmentStatus: Hashable, Sendable {
    case partial, fulfilled, restocked
    /// A value nobody has named yet; kept word for word.
    case unknown(String)

    package init(text: String) {
        switch text {
        case "partial": self = .partial
        case "fulfilled": self = .fulfilled
        case "restocked": self = .restocked
        default: self = .unknown(text)
        }
    }

    /// The source's own word.
    package var text: String {
        switch self {
        case .partial: "partial"
        case .fulfilled: "fulfilled"
        case .restocked: "restocked"
        case .unknown(let text): text
        }
    }

    /// Breaks ties between snapshots of one second; an order that is not shipped at all has 0.
    package static func rank(_ status: FulfillmentStatus?) -> Int {
        switch status {
        case nil: 0
        case .partial: 1
        case .fulfilled: 2
        case .restocked: 3
        case .unknown: -1
        }
    }
}
