package import NIOCore
package import NIOHTTP1

/// A complete request.
package struct Request: Sendable {
    package let head: HTTPRequestHead
    package let body: [UInt8]
    /// What stands where the route leaves its last part open: an id.
    package let parameter: String?
    /// Who is at the other end of the connection.
    package let peer: SocketAddress?

    package init(head: HTTPRequestHead, body: [UInt8] = [], parameter: String? = nil, peer: SocketAddress? = nil) {
        self.head = head
        self.body = body
        self.parameter = parameter
        self.peer = peer
    }
}

/// What answers the requests with one method under one path. It is called on event loops and never blocks them.
package protocol Endpoint: Sendable {
    /// How many bytes a request may bring, judged by its head before any of them is read.
    func bodyLimit(_ head: HTTPRequestHead) throws(Refusal) -> Int

    /// The answer to come; a future that fails says that nothing could be stored.
    func answer(_ request: Request, on eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer>

    /// Counts and logs a refusal, of this endpoint or of the connection.
    func refuse(_ refusal: Refusal) -> Answer
}

extension HTTPRequestHead {
    /// The bytes that a JSON body may have: what the head announces, at most `limit`. A body without a type is taken for JSON.
    package func jsonBodyLimit(_ limit: Int) throws(Refusal) -> Int {
        if let type = headers.first(name: "content-type"), !Self.isJSON(type) { throw .contentType }
        let length = headers.first(name: "content-length").flatMap { Int($0) } ?? limit
        guard length <= limit else { throw .tooLarge }
        return length
    }

    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let type = contentType.prefix { $0 != ";" && $0 != " " }
        return type.lowercased() == "application/json"
    }
}
