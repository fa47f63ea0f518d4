/// What is known after a call to the outside world; a refusal is a value, and so is not knowing.
package enum CallResult<Value: Sendable>: Sendable {
    /// Done, and the answer is understood.
    case success(Value)
    /// What was asked for does not exist there, in the words of the answer.
    case absent(answer: [UInt8]? = nil)
    /// Not done, and the same call would be refused again.
    case refused(status: Int, body: [UInt8])
    /// Not done; it may be sent again after this time.
    case throttled(after: Duration)
    /// It may have been done: look before sending it again. `answer` is what came back, if anything did.
    case unknown(String, answer: [UInt8]? = nil)
    /// Not done, because nothing could be sent.
    case unreachable(String)
    /// Not done, because it is not the moment to send anything; `silence` is how long the destination has not answered anybody.
    case notNow(String, after: Duration, silence: Duration = .zero)

    /// What the transform makes of a success; everything else as it is.
    func flatMap<Other>(_ transform: (Value) -> CallResult<Other>) -> CallResult<Other> {
        switch self {
        case .success(let value): transform(value)
        case .absent(let answer): .absent(answer: answer)
        case .refused(let status, let body): .refused(status: status, body: body)
        case .throttled(let after): .throttled(after: after)
        case .unknown(let reason, let answer): .unknown(reason, answer: answer)
        case .unreachable(let reason): .unreachable(reason)
        case .notNow(let reason, let after, let silence): .notNow(reason, after: after, silence: silence)
        }
    }

    /// Why nothing usable was answered; nil when the destination works, whatever it said, or was not asked.
    package var failure: String? {
        switch self {
        case .success, .absent, .refused, .throttled, .notNow: nil
        case .unknown(let reason, _), .unreachable(let reason): reason
        }
    }

    /// A word for metrics and logs.
    var outcome: String {
        switch self {
        case .success: "success"
        case .absent: "absent"
        case .refused: "refused"
        case .throttled: "throttled"
        case .unknown: "unknown"
        case .unreachable: "unreachable"
        case .notNow: "not-now"
        }
    }
}

extension CallResult<[UInt8]> {
    /// The same result with what the body says; a success that cannot be understood may have been done all the same.
    func read<Other>(_ transform: ([UInt8]) -> Other?) -> CallResult<Other> {
        flatMap { body in
            transform(body).map { .success($0) } ?? .unknown("the answer is not understood", answer: body)
        }
    }
}

extension CallResult: Equatable where Value: Equatable {}
