package import NIOHTTP1

/// Why a request is not taken: the status, and the sentence that the sender and the log get.
package struct Refusal: Error {
    /// What is wrong with one field of the input.
    package typealias FieldFault = (field: String, reason: String)

    package var status: HTTPResponseStatus
    package var sentence: String
    /// The faults one by one, where there are several fields to blame.
    package var fields: [FieldFault] = []
    /// What the head of the answer says besides.
    package var headers: [Answer.Header] = []

    package init(status: HTTPResponseStatus, sentence: String, fields: [FieldFault] = [], headers: [Answer.Header] = []) {
        self.status = status
        self.sentence = sentence
        self.fields = fields
        self.headers = headers
    }

    package static let notFound = Refusal(status: .notFound, sentence: "there is nothing under this path")
    package static let tooLarge = Refusal(status: .payloadTooLarge, sentence: "the body is larger than this server accepts")
    package static let headTooLarge = Refusal(
        status: .requestHeaderFieldsTooLarge,
        sentence: "the head is larger than this server accepts"
    )
    package static let tooSlow = Refusal(status: .requestTimeout, sentence: "the request did not come in time")
    package static let contentType = Refusal(
        status: .unsupportedMediaType,
        sentence: "the content type must be application/json"
    )
    package static let unavailable = Refusal(
        status: .serviceUnavailable,
        sentence: "nothing can be stored or looked up at the moment; send it again"
    )
    package static let overloaded = Refusal(
        status: .serviceUnavailable,
        sentence: "too many requests are waiting; send it again"
    )

    /// - Parameter allowed: the methods that the path takes, as `Allow` lists them.
    package static func methodNotAllowed(_ allowed: String) -> Refusal {
        Refusal(
            status: .methodNotAllowed,
            sentence: "this path does not take that method",
            headers: [("Allow", allowed)]
        )
    }

    /// A 400 for this reason.
    package static func malformed(_ reason: String) -> Refusal {
        Refusal(status: .badRequest, sentence: reason)
    }
}

extension Refusal {
    package init(_ refusal: CoalescerRefusal) {
        switch refusal {
        case .unavailable, .failed: self = .unavailable
        case .overloaded: self = .overloaded
        case .unstorable: self = .malformed("the request holds a value that cannot be stored")
        }
    }
}
