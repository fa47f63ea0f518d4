import Logging
import ServiceRuntime
import Testing

@Suite struct TraceIDTests {
    private static let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `a traceparent is read and written as it came`() throws {
        let trace = try #require(TraceID(traceparent: Self.text))
        #expect("\(trace)" == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.traceparent(span: 0xF0_67AA_0BA9_02B7) == Self.text)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", text + "-more", "ff" + text.dropFirst(2),
        text.uppercased(), "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
    ])
    func `what is none counts as absent`(text: String) {
        #expect(TraceID(traceparent: text) == nil)
    }

    @Test func `a later version may go on after the flags`() {
        #expect(TraceID(traceparent: "01" + Self.text.dropFirst(2) + "-more") != nil)
    }
}
