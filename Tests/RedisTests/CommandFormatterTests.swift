import NIOCore
import Testing

@testable import Redis

@Suite struct CommandFormatterTests {
    func format(_ commands: RedisCommand...) -> String {
        var formatter = CommandFormatter()
        var buffer = ByteBuffer()
        for command in commands { formatter.write(command, to: &buffer) }
        return String(buffer: buffer)
    }

    @Test func `every kind of argument is a bulk string`() {
        let command = RedisCommand("SET", ["ключ", .bytes([13, 10, 0]), 42, .integer(.min)])
        #expect(
            format(command)
                == "*5\r\n$3\r\nSET\r\n$8\r\nключ\r\n$3\r\n\r\n\0\r\n$2\r\n42\r\n$20\r\n-9223372036854775808\r\n"
        )
    }

    @Test func `empty arguments keep their place`() {
        #expect(format(RedisCommand("ECHO", [""])) == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n")
        #expect(format(RedisCommand("ECHO", [.bytes([])])) == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n")
    }

    @Test func `commands follow each other without a trace of the one before`() {
        #expect(
            format(RedisCommand("GET", ["long-key"]), RedisCommand("PING"))
                == "*2\r\n$3\r\nGET\r\n$8\r\nlong-key\r\n*1\r\n$4\r\nPING\r\n"
        )
    }
}
