/// Why a body cannot be stored as an event; the sender has to change it.
package enum IncomingEventError: Error, Hashable, Sendable {
    case malformedJSON(JSONError)
    case notAnObject
    case missingOrderID(topic: String)
    case invalidOrderID
    case missingTrackingNumber(CourierProvider)
    case tooManyWaybills(CourierProvider)
    /// By its name.
    case invalidHeader(String)
}

extension IncomingEventError: CustomStringConvertible {
    /// A sentence for the sender.
    package var description: String {
        switch self {
        case .malformedJSON(let error): error.message
        case .notAnObject: "The body is not a JSON object."
        case .missingOrderID(let topic): "A body of the topic \(topic) must name its order, and this one does not."
        case .invalidOrderID: "The order id is longer than \(OrderAddress.maxLength) characters or has control characters."
        case .missingTrackingNumber(let provider): "The \(provider.rawValue) body has no usable tracking number."
        case .tooManyWaybills(let provider):
            "The \(provider.rawValue) body is too large for its tracking numbers, or has more than \(IncomingEvent.maxWaybills) of them; send them in several."
        case .invalidHeader(let name):
            "The header \(name) is longer than \(ShopifyHeaders.maxLength) bytes or has control characters."
        }
    }
}
