import TestLog
import TestSystem
import Testing

/// What the log says of merges that go wrong, with the trace of the event that was the reason.
@Suite(.timeLimit(.minutes(5))) struct MergeLogTests {
    private static func body(_ refID: String, second: Int = 4) -> String {
        #"{"id":"\#(refID)","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"paid"}"#
    }

    private static func trace(_ number: Int) -> String { String(repeating: "0", count: 31) + "\(number)" }

    private static func header(_ number: Int) -> [String: String?] { ["traceparent": "00-\(trace(number))-00f067aa0ba902b7-01"] }

    @Test func `a merge that fails, a quarantine and a fold from the events name the trace they belong to`() async throws {
        try await TestSystem.with { system async throws in
            let log = LogLines()
            var logged = system
            logged.logger = log.logger
            try await system.withIngest { client async throws in
                for number in 1...3 { _ = try await client.shopify(Self.body("\(number)"), more: Self.header(number)) }
                try await system.execute("UPDATE event_store SET body = 'not json' WHERE ref_id = '1'")
                try await system.refuse(
                    "UPDATE ON orders",
                    when: "NEW.ref_id = '2' AND NEW.version > 0",
                    saying: "no order 2 in this house"
                )
                let settings = ["ORCHESTRATOR_RETRY_MS": "1", "ORCHESTRATOR_MAX_ATTEMPTS": "2"]
                try await logged.withOrchestrators(settings: settings) {
                    try await system.settled()
                    try await system.execute("UPDATE orders SET state = 'rotten' WHERE ref_id = '3'")
                    _ = try await client.shopify(Self.body("3", second: 5), more: Self.header(4))
                    try await system.settled()
                }
            }
            #expect(log.traces(of: "An event could not be merged.") == [Self.trace(2)])
            #expect(log.traces(of: "An event is quarantined and its order held.") == [Self.trace(1), Self.trace(2)])
            let refold = "Registers could not be read; they were folded anew from the events."
            #expect(log.traces(of: refold) == [Self.trace(4)])
        }
    }
}

extension LogLines {
    /// Of the lines that begin with this sentence, each trace once.
    fileprivate func traces(of sentence: String) -> Set<String> {
        let found = lines.filter { $0.contains(sentence) }
        return Set(
            found.map {
                $0.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("trace_id=") }.map { String($0.dropFirst(9)) } ?? $0
            }
        )
    }
}
