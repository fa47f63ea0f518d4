package import NIOCore

/// One HTTP/1.1 request as the bytes that go over the wire, built before the clock starts.
package struct PreparedRequest: Sendable {
    package let bytes: ByteBuffer

    /// A POST.
    ///
    /// - Parameters:
    ///   - host: value of the `Host` header.
    ///   - headers: names and values; `Host` and `Content-Length` are added.
    package init(path: String, host: String, headers: [(name: String, value: String)], body: [UInt8]) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(body.count + 512)
        bytes.writeString("POST \(path) HTTP/1.1\r\nHost: \(host)\r\n")
        for header in headers {
            precondition(Self.isOneLine(header.name) && Self.isOneLine(header.value), "a header is one line")
            bytes.writeString("\(header.name): \(header.value)\r\n")
        }
        bytes.writeString("Content-Length: \(body.count)\r\n\r\n")
        bytes.writeBytes(body)
        self.bytes = bytes
    }

    /// A GET.
    package init(getting path: String, host: String, headers: [(name: String, value: String)] = []) {
        var bytes = ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n")
        for header in headers {
            precondition(Self.isOneLine(header.name) && Self.isOneLine(header.value), "a header is one line")
            bytes.writeString("\(header.name): \(header.value)\r\n")
        }
        bytes.writeString("\r\n")
        self.bytes = bytes
    }

    /// Whether a text can be the name or the value of a header.
    static func isOneLine(_ text: String) -> Bool {
        !text.utf8.contains { $0 == 10 || $0 == 13 }
    }
}
