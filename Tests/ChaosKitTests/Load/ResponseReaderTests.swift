import NIOCore
import Testing

@testable import ChaosKit

@Suite("A response reader")
struct ResponseReaderTests {
    private static let two =
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"

    private func read(_ pieces: [String]) throws -> [(Int, String, Bool)] {
        var reader = ResponseReader()
        var found: [(Int, String, Bool)] = []
        for piece in pieces {
            reader.append(ByteBuffer(string: piece))
            while let response = try reader.next() {
                found.append((response.status, String(buffer: response.body), response.closes))
            }
        }
        return found
    }

    @Test func `cuts answers that come in one piece`() throws {
        let found = try read([Self.two])
        #expect(found.map(\.0) == [200, 503])
        #expect(found.map(\.1) == ["hello", "no"])
        #expect(found.map(\.2) == [false, true])
    }

    @Test(arguments: 1..<12)
    func `does not care where the network cuts`(size: Int) throws {
        let bytes = Array(Self.two)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { String(bytes[$0..<min($0 + size, bytes.count)]) }
        let found = try read(pieces)
        #expect(found.map(\.0) == [200, 503])
        #expect(found.map(\.1) == ["hello", "no"])
    }

    @Test func `skips interim answers and takes 204 without a length`() throws {
        let found = try read(["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"])
        #expect(found.map(\.0) == [204])
    }

    @Test(
        arguments: [
            "SMTP/1.1 200 OK\r\nx: y\r\n\r\n", "HTTP/1.1 2x0 OK\r\nx: y\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        ]
    )
    func `refuses what it does not understand instead of guessing`(text: String) {
        #expect(throws: ResponseReader.Fault.self) { try read([text]) }
    }

    @Test func `bounds the head`() {
        #expect(throws: ResponseReader.Fault.headTooLong) {
            try read(["HTTP/1.1 200 OK\r\nx: " + String(repeating: "y", count: ResponseReader.maxHeadBytes)])
        }
    }
}
