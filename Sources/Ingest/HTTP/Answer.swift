import NIOCore
import NIOHTTP1
import Orders

/// What ingest answers: a small JSON object.
struct Answer: Sendable {
    let status: HTTPResponseStatus
    let body: [UInt8]

    static let healthy = Answer(.ok, [("status", "healthy")])

    static func unhealthy(_ reason: String) -> Answer {
        Answer(.serviceUnavailable, [("status", "unhealthy"), ("reason", reason)])
    }

    static func accepted(_ deliveryID: String) -> Answer {
        Answer(.ok, [("status", "accepted"), ("webhookId", deliveryID)])
    }

    static func duplicate(_ deliveryID: String) -> Answer {
        Answer(.ok, [("status", "duplicate"), ("webhookId", deliveryID)])
    }

    /// An error in one sentence for the person who reads the sender's log.
    static func refusal(_ refusal: Refusal) -> Answer {
        Answer(refusal.status, [("error", refusal.sentence)])
    }

    private init(_ status: HTTPResponseStatus, _ members: [(key: String, text: String)]) {
        var writer = JSONWriter()
        writer.beginObject()
        for (key, text) in members {
            writer.key(key)
            writer.string(text)
        }
        writer.endObject()
        self.status = status
        body = writer.bytes
    }
}

extension ByteBuffer {
    /// Seconds a sender is asked to wait when PostgreSQL is away.
    private static let retryAfterSeconds = 2
    /// Room for the head of an answer.
    private static let headCapacity = 256

    /// Writes a whole HTTP response. All values in its head are our own, so none can smuggle in a line.
    mutating func writeAnswer(_ answer: Answer, keepsAlive: Bool, date: String) {
        reserveCapacity(minimumWritableBytes: Self.headCapacity + answer.body.count)
        writeString("HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)\r\n")
        writeString("Content-Type: application/json\r\nContent-Length: \(answer.body.count)\r\nDate: \(date)\r\n")
        if !keepsAlive { writeStaticString("Connection: close\r\n") }
        if answer.status == .serviceUnavailable { writeString("Retry-After: \(Self.retryAfterSeconds)\r\n") }
        writeStaticString("\r\n")
        writeBytes(answer.body)
    }
}
