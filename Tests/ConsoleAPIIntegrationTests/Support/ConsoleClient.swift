import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Orders

/// A client of the console's API.
struct ConsoleClient: Sendable {
    /// Largest answer that is read.
    private static let maxBody = 64 << 20

    let port: Int
    var cookie: String?
    var token: String?
    /// What a page of the console sends; nil leaves it out.
    var origin: String?
    var proof: String? = "console"

    init(port: Int, cookie: String? = nil, token: String? = nil) {
        self.port = port
        self.cookie = cookie
        self.token = token
        origin = "http://127.0.0.1:\(port)"
    }

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        /// The body as JSON; null when it is none.
        var json: JSONValue {
            get throws {
                try JSONDocument(parsing: body, limits: JSONLimits(maxBytes: 64 << 20, maxDepth: 64, maxNodes: 4 << 20)).root
            }
        }

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Unexpected: Error, CustomStringConvertible {
        var answer: Answer
        var description: String { "\(answer.status): \(answer.text)" }
    }

    func send(
        _ method: HTTPMethod,
        _ path: String,
        json: String? = nil,
        headers: [(String, String)] = [],
        over http: HTTPClient = .shared
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        if let cookie { request.headers.add(name: "Cookie", value: cookie) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let origin, method != .GET { request.headers.add(name: "Origin", value: origin) }
        if let proof, method != .GET { request.headers.add(name: "X-Requested-With", value: proof) }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let json {
            if !request.headers.contains(name: "Content-Type") {
                request.headers.add(name: "Content-Type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(string: json))
        }
        let response = try await http.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: Self.maxBody)
        return Answer(status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
    }

    /// The JSON of a GET that must be answered 200.
    func get(_ path: String) async throws -> JSONValue {
        let answer = try await send(.GET, path)
        guard answer.status == 200 else { throw Unexpected(answer: answer) }
        return try answer.json
    }
}
