/// An answer of the outside world, read to its end.
struct HTTPAnswer: Sendable, Equatable {
    /// What a throttling answer without a `Retry-After` asks for.
    static let defaultWait: Duration = .seconds(1)

    var status: Int
    var retryAfter: Duration?
    var body: [UInt8]

    /// The body of a success, or what the status says has become of the call.
    ///
    /// A 429, and a 503 with a `Retry-After`, promise that nothing was done; any other 5xx promises nothing.
    var result: CallResult<[UInt8]> {
        switch status {
        case 200..<300: .success(body)
        case 429: .throttled(after: retryAfter ?? Self.defaultWait)
        case 503: retryAfter.map { .throttled(after: $0) } ?? unknown
        case 300..<400,
            400..<500 where status != 408 && status != 425:
            .refused(status: status, body: body)
        default: unknown
        }
    }

    private var unknown: CallResult<[UInt8]> { .unknown("the answer was \(status)", answer: body) }
}
