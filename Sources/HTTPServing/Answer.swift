import NIOCore
package import NIOHTTP1
import Orders

/// A whole answer: a status, a small JSON text, and what its head says besides.
package struct Answer: Sendable {
    /// A line of the head; both parts are our own words, so that none can smuggle in a line.
    package typealias Header = (name: String, value: String)

    package let status: HTTPResponseStatus
    package let body: [UInt8]
    package var headers: [Header]

    /// An answer with a JSON text of the caller's own.
    package init(_ status: HTTPResponseStatus, json body: [UInt8], headers: [Header] = []) {
        self.status = status
        self.body = body
        self.headers = headers
    }

    /// An answer whose text is an object of these strings.
    package init(_ status: HTTPResponseStatus, _ members: [(key: String, text: String)]) {
        var writer = JSONWriter()
        writer.beginObject()
        for (key, text) in members { writer.member(key, text) }
        writer.endObject()
        self.init(status, json: writer.bytes)
    }

    /// An error in one sentence for the person who reads the sender's log, and what is wrong with each field.
    package static func refusal(_ refusal: Refusal) -> Answer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", refusal.sentence)
        if !refusal.fields.isEmpty {
            writer.object("fields") { writer in
                for fault in refusal.fields { writer.member(fault.field, fault.reason) }
            }
        }
        writer.endObject()
        return Answer(refusal.status, json: writer.bytes, headers: refusal.headers)
    }
}

extension ByteBuffer {
    /// Seconds a sender is asked to wait when nothing can be stored, or too much waits to be.
    private static let retryAfterSeconds = 2
    /// Room for the head of an answer.
    private static let headCapacity = 256

    /// Writes a whole HTTP response.
    mutating func writeAnswer(_ answer: Answer, keepsAlive: Bool, date: String) {
        reserveCapacity(minimumWritableBytes: Self.headCapacity + answer.body.count)
        writeString("HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)\r\n")
        writeString("Content-Type: application/json\r\nContent-Length: \(answer.body.count)\r\nDate: \(date)\r\n")
        if !keepsAlive { writeStaticString("Connection: close\r\n") }
        if answer.status == .serviceUnavailable { writeString("Retry-After: \(Self.retryAfterSeconds)\r\n") }
        for header in answer.headers { writeString("\(header.name): \(header.value)\r\n") }
        writeStaticString("\r\n")
        writeBytes(answer.body)
    }
}
