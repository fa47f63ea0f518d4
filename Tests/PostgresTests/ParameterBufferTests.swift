import FoundationEssentials
import Testing

@testable import Postgres

@Suite struct ParameterBufferTests {
    func encode(_ bindings: [Binding]) -> [[UInt8]?] {
        var buffer = ParameterBuffer()
        buffer.encode(bindings)
        return buffer.ranges.map { $0.map { Array(buffer.bytes[$0]) } }
    }

    @Test func `Scalars are big-endian and NULL has no bytes`() {
        let encoded = encode([.bool(true), .int4(-2), .int8(258), .text("é"), .bytes([0, 1]), .bytes([]), .int8(nil)])
        #expect(encoded == [[1], [255, 255, 255, 254], [0, 0, 0, 0, 0, 0, 1, 2], [0xc3, 0xa9], [0, 1], [], nil])
    }

    @Test func `A timestamp counts from the year 2000`() {
        #expect(encode([.timestamptz(946_684_800_000_001)]) == [[0, 0, 0, 0, 0, 0, 0, 1]])
    }

    @Test func `A timestamp out of range wraps instead of trapping`() {
        #expect(encode([.timestamptz(.min), .timestamptz(.max)]).count == 2)
    }

    @Test func `An array carries its dimensions, its element type and a length before each element`() {
        let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1]
        #expect(encode([.texts(["ab", nil])]) == [header + [0, 0, 0, 2, 97, 98, 255, 255, 255, 255]])
    }

    @Test func `An empty array has no dimension`() {
        #expect(encode([.uuids([])]) == [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 134]])
    }

    @Test func `The buffer is reused, and given back after a huge batch`() {
        var buffer = ParameterBuffer()
        buffer.encode([.bytes([UInt8](repeating: 7, count: 2 * ParameterBuffer.retainedCapacity))])
        buffer.encode([.int4(1)])
        #expect(buffer.bytes.capacity <= ParameterBuffer.retainedCapacity)
        #expect(buffer.ranges == [0..<4])
    }
}
