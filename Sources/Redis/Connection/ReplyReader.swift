import CHiredis
import NIOCore

/// hiredis' RESP reader, owned once: bytes go in, complete replies come out as Swift values.
///
/// After an error the reader is of no more use; close the connection.
@safe
struct ReplyReader: ~Copyable {
    /// hiredis allocates an array as announced, before its elements arrive; a longer one is refused.
    static let maxArrayElements: Int32 = 1 << 20

    /// Lives from `init` to `deinit`: the struct cannot be copied, and the pointer does not leave it.
    private let reader: UnsafeMutablePointer<redisReader>
    /// What `reader.fn` points to; freed in `deinit` after the reader.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let maxReplyBytes: Int
    private var fedBytes = 0
    private var replyStart = 0

    init(maxReplyBytes: Int) {
        // hiredis returns null only when malloc does.
        guard let reader = unsafe redisReaderCreate() else { fatalError("out of memory") }
        unsafe self.functions = .allocate(capacity: 1)
        unsafe self.reader = reader
        self.maxReplyBytes = maxReplyBytes
        // The default table is static in hiredis, so its copy stays valid; `fn` is set by redisReaderCreate.
        unsafe functions.initialize(to: reader.pointee.fn.pointee)
        unsafe functions.pointee.createArray = createBoundedArray
        unsafe reader.pointee.fn = functions
    }

    deinit {
        // First the reader: it frees a half-read reply through `functions`.
        unsafe redisReaderFree(reader)
        unsafe functions.deallocate()
    }

    /// Takes over all readable bytes of the buffer.
    mutating func feed(_ buffer: ByteBuffer) throws(RedisError) {
        // hiredis copies the bytes before it returns, so the pointer need not outlive the closure.
        let code = unsafe buffer.withUnsafeReadableBytes { bytes in
            unsafe redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard code == REDIS_OK else { throw failure() }
        fedBytes += buffer.readableBytes
    }

    /// Takes the next complete reply, or `nil` when more bytes are needed.
    mutating func next() throws(RedisError) -> RedisValue? {
        var raw: UnsafeMutableRawPointer?
        // `raw` receives a tree that is ours; it is freed below, after everything was copied out of it.
        let code = unsafe redisReaderGetReply(reader, &raw)
        guard code == REDIS_OK else { throw failure() }
        guard let raw = unsafe raw else {
            try checkSize(end: fedBytes)
            return nil
        }
        defer { unsafe freeReplyObject(raw) }
        // Bytes behind this reply are still in the reader; what is before them belongs to it. Plain field reads.
        let end = unsafe fedBytes - (reader.pointee.len - reader.pointee.pos)
        try checkSize(end: end)
        replyStart = end
        // The default object functions make `redisReply` trees, and `raw` lives until the end of this function.
        return unsafe RedisValue(copying: raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private func checkSize(end: Int) throws(RedisError) {
        guard end - replyStart <= maxReplyBytes else {
            throw RedisError(.protocolViolation, "a reply is larger than \(maxReplyBytes) bytes")
        }
    }

    private func failure() -> RedisError {
        // `errstr` is a zero-terminated array inside the reader, which lives as long as self; it is copied here.
        let text = unsafe withUnsafeBytes(of: &reader.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.protocolViolation, "unreadable reply: \(text)")
    }
}

/// The default `createArray` of hiredis, a static function of the library.
private let createArray = {
    // Lives for this closure only; the function pointer read from it belongs to the library.
    let reader = unsafe redisReaderCreate()
    defer { unsafe redisReaderFree(reader) }
    return unsafe reader?.pointee.fn.pointee.createArray
}()

/// Called by hiredis with a task of its own that lives for the call; null makes it fail as "Out of memory".
private func createBoundedArray(task: UnsafePointer<redisReadTask>?, elements: Int32) -> UnsafeMutableRawPointer? {
    guard elements <= ReplyReader.maxArrayElements else { return nil }
    return unsafe createArray?(task, elements)
}

extension RedisValue {
    /// Copies a reply; the recursion is at most seven deep, the limit of hiredis.
    ///
    /// Pointers in `reply` are read before this returns, and the caller keeps the tree alive until then.
    @unsafe fileprivate init(copying reply: redisReply) {
        // `str` has `len` bytes for these kinds, and is null only when `len` is 0.
        func bytes() -> UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(start: reply.str, count: reply.str == nil ? 0 : reply.len)
        }
        switch unsafe reply.type {
        case REDIS_REPLY_STRING: self = unsafe .bytes([UInt8](bytes()))
        case REDIS_REPLY_STATUS: self = unsafe .status(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = unsafe .error(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = unsafe .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            // `element` points to `elements` pointers that were all filled before the reply was complete.
            let elements = unsafe UnsafeBufferPointer(start: reply.element, count: reply.element == nil ? 0 : reply.elements)
            self = unsafe .array(elements.map { unsafe $0.map { unsafe RedisValue(copying: $0.pointee) } ?? .null })
        default: self = .null
        }
    }
}
