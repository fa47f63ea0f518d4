import NIOCore
import TestSeed
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
    static let sample =
        "+OK\r\n-NOGROUP No such key\r\n:-9223372036854775808\r\n$5\r\nA\r\nB\0\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n"
        + "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+fine\r\n"
    static let sampleValues: [RedisValue] = [
        .status("OK"), .error("NOGROUP No such key"), .integer(.min), .bytes(Array("A\r\nB\0".utf8)), .null, .null,
        .bytes([]), .array([]), .array([.integer(1), .array([.bytes([120]), .null]), .status("fine")]),
    ]

    /// Reads everything that is complete after each chunk.
    func read(_ chunks: [ByteBuffer], maxReplyBytes: Int = 1 << 20) throws(RedisError) -> [RedisValue] {
        var reader = ReplyReader(maxReplyBytes: maxReplyBytes)
        var values: [RedisValue] = []
        for chunk in chunks {
            try reader.feed(chunk)
            while let value = try reader.next() { values.append(value) }
        }
        return values
    }

    @Test func `every kind of reply is read`() throws {
        #expect(try read([ByteBuffer(string: Self.sample)]) == Self.sampleValues)
    }

    @Test func `replies may be split at every byte`() throws {
        let bytes = ByteBuffer(string: Self.sample)
        for split in 0...bytes.readableBytes {
            let halves = [bytes.readableBytesView.prefix(split), bytes.readableBytesView.dropFirst(split)].map(ByteBuffer.init)
            #expect(try read(halves) == Self.sampleValues, "split at \(split)")
        }
        let single = bytes.readableBytesView.map { ByteBuffer(bytes: [$0]) }
        #expect(try read(single) == Self.sampleValues)
    }

    @Test func `a reply of the allowed size passes and one byte more does not`() throws {
        let reply = "$10\r\n0123456789\r\n"
        #expect(try read([ByteBuffer(string: reply + reply)], maxReplyBytes: reply.utf8.count).count == 2)
        #expect(throws: RedisError.self) { try read([ByteBuffer(string: reply)], maxReplyBytes: reply.utf8.count - 1) }
    }

    @Test func `a reply that grows beyond the limit is refused before it is complete`() {
        let chunks = [ByteBuffer(string: "$1000000\r\n")] + Array(repeating: ByteBuffer(repeating: 65, count: 100), count: 10)
        #expect(throws: RedisError.self) { try read(chunks, maxReplyBytes: 500) }
    }

    @Test func `an array that announces too many elements is refused without allocating them`() {
        #expect(throws: RedisError.self) { try read([ByteBuffer(string: "*2147483647\r\n")]) }
    }

    @Test func `seven levels of nesting are read and more are refused`() throws {
        func nested(_ depth: Int) -> ByteBuffer {
            ByteBuffer(string: String(repeating: "*1\r\n", count: depth) + ":1\r\n")
        }
        #expect(try read([nested(7)]).count == 1)
        #expect(throws: RedisError.self) { try read([nested(9)]) }
    }

    @Test func `a half-read reply is freed with the reader`() throws {
        #expect(try read([ByteBuffer(string: "*3\r\n$1\r\nx\r\n*2\r\n:1\r\n")]).isEmpty)
    }

    @Test func `bytes that are no RESP are a protocol violation`() {
        let error = #expect(throws: RedisError.self) { try read([ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n")]) }
        #expect(error?.code == .protocolViolation)
        #expect(error?.message.contains("unreadable") == true)
    }

    @Test(arguments: [1, 2, 3, 0xC0FFEE] as [UInt64])
    func `garbage never does more than fail`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("+-:$*0123456789\r\n\r\n\r\nab\0\u{7f}".utf8)
        for _ in 0..<2_000 {
            var bytes: [UInt8] = []
            if Bool.random(using: &random) {
                // Damaged replies get deeper into the parser than noise.
                bytes = Array(Self.sample.utf8)
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = alphabet.randomElement(using: &random) ?? 0
                }
            } else {
                bytes = (0..<Int.random(in: 1...80, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            do {
                _ = try read([ByteBuffer(bytes: bytes[..<cut]), ByteBuffer(bytes: bytes[cut...])])
            } catch {
                #expect(error.code == .protocolViolation, "seed \(seed)")
            }
        }
    }
}
