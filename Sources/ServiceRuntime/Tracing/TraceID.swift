package import FoundationEssentials
import Logging

/// Names all the work that one thing from outside sets off, as the trace id of W3C Trace Context does.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    /// Of the work that the current task does: its log lines name it, and its calls to the outside carry it.
    @TaskLocal package static var current: TraceID?

    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the header `traceparent`: version, trace id, parent id and flags in lower-case hexadecimal, to which later
    /// versions may add. Nil for a text that is none.
    package init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 || (parts.count == 5 && parts[0] != "00"), parts[0] != "ff",
            zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && $0.utf8.allSatisfy(Self.isHexDigit) }),
            parts[1...2].allSatisfy({ $0.contains { $0 != "0" } }),
            let uuid = UUID(uuidString: Self.groups.map { parts[1].dropFirst($0).prefix($1) }.joined(separator: "-"))
        else { return nil }
        self.uuid = uuid
    }

    /// 32 hexadecimal digits.
    package var description: String { uuid.uuidString.lowercased().replacing("-", with: "") }

    /// The header for one call; the span id, which is not 0, names the call.
    package func traceparent(span: UInt64) -> String {
        let digits = String(span, radix: 16)
        return "00-\(self)-\(String(repeating: "0", count: 16 - digits.count))\(digits)-01"
    }

    /// Where the groups of a UUID begin in the digits of a trace id, and how long they are.
    private static let groups = [(0, 8), (8, 4), (12, 4), (16, 4), (20, 12)]

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension Logger.MetadataProvider {
    /// `trace_id` of the work at hand.
    static let trace = Logger.MetadataProvider {
        TraceID.current.map { ["trace_id": "\($0)"] } ?? [:]
    }
}
