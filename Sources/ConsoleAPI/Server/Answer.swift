package import HTTPTypes
package import HummingbirdCore
package import NIOCore
import Orders

/// What a route answers.
package struct Answer: Sendable {
    /// The body, whole or as it is made.
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        case buffer(ByteBuffer)
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    package var status: HTTPResponse.Status
    package var contentType: String?
    package var headers: HTTPFields = [:]
    package var body: Body

    package init(status: HTTPResponse.Status = .ok, contentType: String? = nil, body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static let noContent = Answer(status: .noContent, body: .none)
    static let jsonType = "application/json"

    /// One JSON object whose members the closure writes.
    static func json(
        status: HTTPResponse.Status = .ok,
        _ members: (inout JSONWriter) throws -> Void
    ) rethrows -> Answer {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        try members(&writer)
        writer.endObject()
        return Answer(status: status, contentType: jsonType, body: .bytes(writer.bytes))
    }

    /// One JSON value that the closure writes.
    static func value(
        status: HTTPResponse.Status = .ok,
        capacity: Int = 1_024,
        _ write: (inout JSONWriter) -> Void
    ) -> Answer {
        var writer = JSONWriter(capacity: capacity)
        write(&writer)
        return Answer(status: status, contentType: jsonType, body: .bytes(writer.bytes))
    }

    /// JSON that is written already.
    static func json(status: HTTPResponse.Status = .ok, raw: [UInt8]) -> Answer {
        Answer(status: status, contentType: jsonType, body: .bytes(raw))
    }

    /// One JSON array, one call of the closure an element.
    static func array<Element>(
        _ elements: some Sequence<Element>,
        _ write: (inout JSONWriter, Element) -> Void
    ) -> Answer {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginArray()
        for element in elements { write(&writer, element) }
        writer.endArray()
        return Answer(contentType: jsonType, body: .bytes(writer.bytes))
    }
}
