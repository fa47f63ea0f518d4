import Orders

/// What a service of the sandbox answers.
struct SandboxAnswer: Sendable, Equatable {
    var status: Int
    var body: [UInt8]
    var retryAfter: Duration?
    /// Whether the caller learns from it that nothing was done.
    var isRefusal: Bool

    init(status: Int, body: [UInt8], retryAfter: Duration? = nil, isRefusal: Bool? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.isRefusal = isRefusal ?? (400..<500).contains(status)
    }

    /// `{"error":{"code":…,"message":…}}`
    static func error(_ status: Int, _ code: String, _ message: String, retryAfter: Duration? = nil) -> SandboxAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.object("error") { writer in
            writer.member("code", code)
            writer.member("message", message)
        }
        writer.endObject()
        return SandboxAnswer(
            status: status,
            body: writer.bytes,
            retryAfter: retryAfter,
            isRefusal: status < 500 || retryAfter != nil
        )
    }

    static func json(_ status: Int, _ write: (inout JSONWriter) -> Void) -> SandboxAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return SandboxAnswer(status: status, body: writer.bytes)
    }
}
