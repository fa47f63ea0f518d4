/// One call as it goes out.
struct OutboundRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// A word for metrics.
    var operation: String
    var method: Method
    var path: String
    /// `Content-Type`, `Accept` and `User-Agent` are added.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
}
