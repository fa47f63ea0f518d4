package import HTTPTypes
import Orders

/// A request that is refused, in one sentence for the person who sees it.
package struct APIError: Error, Sendable {
    /// The kind of refusal, as the API names it.
    package enum Code: String, Sendable {
        case invalidInput = "invalid_input"
        case unauthenticated
        case forbidden
        case forbiddenOrigin = "forbidden_origin"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case conflict
        case preconditionRequired = "precondition_required"
        case tooLarge = "too_large"
        case requestTimeout = "request_timeout"
        case unsupportedMediaType = "unsupported_media_type"
        case tooManyRequests = "too_many_requests"
        case unavailable
        case upgradeRequired = "upgrade_required"
        case `internal`
    }

    package var code: Code
    package var sentence: String
    /// The parameter or member at fault.
    package var field: String?
    package var headers: HTTPFields = [:]
    /// Further members of the body, canonical JSON each.
    package var members: [(key: String, json: [UInt8])] = []

    package init(_ code: Code, _ sentence: String, field: String? = nil) {
        self.code = code
        self.sentence = sentence
        self.field = field
    }

    static func invalid(_ field: String, _ sentence: String) -> APIError {
        APIError(.invalidInput, sentence, field: field)
    }

    static func notFound(_ what: String) -> APIError {
        APIError(.notFound, "There is no such \(what).")
    }

    /// What matches is not any more what the operator saw.
    static func otherCount(_ count: Int) -> APIError {
        var error = APIError(.conflict, "\(counted(count, "matches", "match")) now; look again before you go on.")
        error.members = [("count", Array(String(count).utf8))]
        return error
    }

    /// The status of the answer.
    package var status: HTTPResponse.Status {
        switch code {
        case .invalidInput: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden, .forbiddenOrigin: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict: .conflict
        case .preconditionRequired: .preconditionRequired
        case .tooLarge: .contentTooLarge
        case .requestTimeout: .requestTimeout
        case .unsupportedMediaType: .unsupportedMediaType
        case .tooManyRequests: .tooManyRequests
        case .unavailable: .serviceUnavailable
        case .upgradeRequired: .init(code: 426, reasonPhrase: "Upgrade Required")
        case .internal: .internalServerError
        }
    }

    /// The answer of a request with this id.
    func answer(requestID: String) -> Answer {
        var answer = Answer.json(status: status) { writer in
            writer.member("error", sentence)
            writer.member("code", code.rawValue)
            writer.member("requestId", requestID)
            writer.member("field", field)
            for member in members {
                writer.key(member.key)
                writer.raw(member.json)
            }
        }
        answer.headers = headers
        if code == .unavailable, headers[.retryAfter] == nil { answer.headers[.retryAfter] = "2" }
        return answer
    }
}
