import HTTPTypes
import Hummingbird
import NIOCore
import Orders

/// The answers of ingest: small JSON objects.
enum Answer {
    /// Seconds a sender is asked to wait when PostgreSQL is away.
    static let retryAfterSeconds = "2"

    static func accepted(_ deliveryID: String) -> Response {
        stored("accepted", deliveryID)
    }

    static func duplicate(_ deliveryID: String) -> Response {
        stored("duplicate", deliveryID)
    }

    /// An error in one sentence for the person who reads the sender's log.
    static func refusal(_ status: HTTPResponse.Status, _ sentence: String) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.string(sentence)
        writer.endObject()
        var response = json(status, writer.bytes)
        if status == .serviceUnavailable { response.headers[.retryAfter] = retryAfterSeconds }
        return response
    }

    static func json(_ status: HTTPResponse.Status, _ bytes: [UInt8]) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .contentLength: "\(bytes.count)"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func stored(_ status: String, _ deliveryID: String) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("status")
        writer.string(status)
        writer.key("webhookId")
        writer.string(deliveryID)
        writer.endObject()
        return json(.ok, writer.bytes)
    }
}
