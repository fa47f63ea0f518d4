import NIOCore

/// Cuts the bytes of one connection into HTTP/1.1 answers.
///
/// Strict and small: a status line, headers with `Content-Length`, a body. Anything else a server may send, chunks for
/// instance, is a fault, never a guess. Both parts are bounded.
struct ResponseReader {
    /// One answer.
    struct Response {
        var status: Int
        var body: ByteBuffer
        /// Whether the server closes the connection after it.
        var closes: Bool
        var hasRetryAfter: Bool
    }

    /// Why the bytes are no answer.
    enum Fault: Error, Equatable {
        case malformedHead
        case headTooLong
        case bodyTooLong
        case unsupportedFraming
    }

    static let maxHeadBytes = 16 * 1_024
    static let maxBodyBytes = 8 * 1_024 * 1_024

    private struct Head {
        var status = 0
        var contentLength: Int?
        var closes = false
        var hasRetryAfter = false
    }

    private var pending = ByteBuffer()
    private var head: Head?

    /// Takes bytes as they come.
    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        if pending.readableBytes == 0 { pending = bytes } else { pending.writeBuffer(&bytes) }
    }

    /// The next complete answer, or nil until more bytes come. Interim answers (1xx) are skipped.
    mutating func next() throws(Fault) -> Response? {
        while true {
            guard let head = try currentHead() else { return nil }
            if (100..<200).contains(head.status) {
                self.head = nil
                continue
            }
            let hasNoBody = head.status == 204 || head.status == 304
            guard let length = hasNoBody ? 0 : head.contentLength else { throw .unsupportedFraming }
            guard length <= Self.maxBodyBytes else { throw .bodyTooLong }
            guard let body = pending.readSlice(length: length) else { return nil }
            self.head = nil
            return Response(status: head.status, body: body, closes: head.closes, hasRetryAfter: head.hasRetryAfter)
        }
    }

    private mutating func currentHead() throws(Fault) -> Head? {
        if let head { return head }
        guard let length = Self.headLength(pending.readableBytesUInt8Span) else {
            if pending.readableBytes > Self.maxHeadBytes { throw .headTooLong }
            return nil
        }
        guard length <= Self.maxHeadBytes else { throw .headTooLong }
        let parsed = try Self.parse(pending.readableBytesUInt8Span, length: length)
        pending.moveReaderIndex(forwardBy: length)
        head = parsed
        return parsed
    }

    /// Bytes up to and with the empty line; nil when it has not come yet.
    private static func headLength(_ bytes: Span<UInt8>) -> Int? {
        var index = 3
        while index < bytes.count {
            // A byte that is no part of CR LF CR LF lets the search jump over four places.
            switch bytes[index] {
            case 10 where bytes[index - 1] == 13 && bytes[index - 2] == 10 && bytes[index - 3] == 13: return index + 1
            case 10: index += 2
            case 13: index += 1
            default: index += 4
            }
        }
        return nil
    }

    private static func parse(_ bytes: Span<UInt8>, length: Int) throws(Fault) -> Head {
        var head = Head()
        // "HTTP/1.1 200 OK"
        guard length >= 16, matches(bytes, at: 0, "http/1."), bytes[8] == 32 else { throw .malformedHead }
        for index in 9..<12 {
            guard let digit = digit(bytes[index]) else { throw .malformedHead }
            head.status = head.status * 10 + digit
        }
        head.closes = bytes[7] == UInt8(ascii: "0")
        var start = 12
        while start < length, bytes[start] != 10 { start += 1 }
        start += 1
        while start + 2 < length {
            var end = start
            while bytes[end] != 10 { end += 1 }
            try parseHeader(bytes, start, end, into: &head)
            start = end + 1
        }
        return head
    }

    /// One line from `start` to the line feed at `end`; only the headers that frame an answer matter, and whether it names a time.
    private static func parseHeader(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, into head: inout Head) throws(Fault) {
        if matches(bytes, at: start, "content-length:") {
            var length = 0
            for index in (start + 15)..<end where bytes[index] != 32 && bytes[index] != 13 {
                guard let digit = digit(bytes[index]), length <= maxBodyBytes else { throw .malformedHead }
                length = length * 10 + digit
            }
            guard head.contentLength == nil else { throw .malformedHead }
            head.contentLength = length
        } else if matches(bytes, at: start, "transfer-encoding:") {
            throw .unsupportedFraming
        } else if matches(bytes, at: start, "connection: close") {
            head.closes = true
        } else if matches(bytes, at: start, "retry-after:") {
            head.hasRetryAfter = true
        }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (48...57).contains(byte) ? Int(byte) - 48 : nil
    }

    /// Whether lower-case `text` stands at the place, in any case.
    private static func matches(_ bytes: Span<UInt8>, at place: Int, _ text: String) -> Bool {
        guard place + text.utf8.count <= bytes.count else { return false }
        var index = place
        for expected in text.utf8 {
            let byte = bytes[index]
            let lower = (65...90).contains(byte) ? byte | 32 : byte
            if lower != expected { return false }
            index += 1
        }
        return true
    }
}
