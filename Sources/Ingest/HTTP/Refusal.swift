import NIOHTTP1

/// Why a request is not taken: the status, and the sentence that the sender and the log get.
struct Refusal: Error {
    var status: HTTPResponseStatus
    var sentence: String

    static let notFound = Refusal(status: .notFound, sentence: "there is nothing under this path")
    static let methodNotAllowed = Refusal(status: .methodNotAllowed, sentence: "this path does not take that method")
    static let tooLarge = Refusal(status: .payloadTooLarge, sentence: "the body is larger than this server accepts")
    static let contentType = Refusal(status: .unsupportedMediaType, sentence: "the content type must be application/json")
    static let unavailable = Refusal(
        status: .serviceUnavailable,
        sentence: "events cannot be stored at the moment; send it again"
    )
    static let overloaded = Refusal(status: .serviceUnavailable, sentence: "too many requests are waiting; send it again")

    static func unsigned(_ reason: String) -> Refusal {
        Refusal(status: .unauthorized, sentence: "the signature was not accepted: \(reason)")
    }

    static func malformed(_ reason: String) -> Refusal {
        Refusal(status: .badRequest, sentence: reason)
    }
}

extension Refusal {
    init(_ refusal: CoalescerRefusal) {
        switch refusal {
        case .unavailable, .failed: self = .unavailable
        case .overloaded: self = .overloaded
        }
    }
}
