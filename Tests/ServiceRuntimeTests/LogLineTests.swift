import Logging
import TestLog
import Testing

@testable import ServiceRuntime

@Suite("Log lines")
struct LogLineTests {
    private static func written(
        _ format: ServiceConfiguration.LogFormat,
        _ body: (Logger) -> Void
    ) -> String {
        let log = LogLines(format: format, timestamp: "2026-03-01T12:00:00.250Z")
        body(log.logger)
        return log.lines.joined()
    }

    @Test func `A text line has the time, the level, the message and sorted metadata`() {
        let line = Self.written(.text) {
            $0.info("An event was stored", metadata: ["order.id": "o1", "event.id": "e1"])
        }
        #expect(line == "2026-03-01T12:00:00.250Z info     An event was stored event.id=e1 order.id=o1\n")
    }

    @Test func `A value cannot start a line of its own or colour a terminal`() {
        let line = Self.written(.text) {
            $0.info("An event was refused", metadata: ["shop": "a\n2026 error \"fake\" x=y\u{1b}[31m\u{2028}\u{9b}"])
        }
        #expect(line.hasSuffix(#"shop="a\n2026 error \"fake\" x=y\u001b[31m\u2028\u009b""# + "\n"))
        #expect(line.filter(\.isNewline).count == 1)
    }

    @Test func `A JSON line is one object with the metadata beside the fixed keys`() {
        let line = Self.written(.json) {
            $0.error("The batch failed", metadata: ["level": "deep", "ids": ["a", "b\"c"], "job.attempt": "\(3)"])
        }
        #expect(
            line
                == #"{"time":"2026-03-01T12:00:00.250Z","level":"error","logger":"test","message":"The batch failed","ids":["a","b\"c"],"job.attempt":"3","metadata.level":"deep"}"#
                + "\n"
        )
    }

    @Test func `An event below the level is not written`() {
        #expect(Self.written(.text) { $0.debug("Nobody reads this") }.isEmpty)
    }
}
