import Foundation
import Orders
import TestSeed
import Testing

extension FuzzTarget: CustomTestStringConvertible {
    var testDescription: String { name }
}

/// Everything that parses outside bytes, under bytes that nobody would send.
///
/// `FUZZ_SECONDS` says how long each parser is tried, `ORDERS_SEED` repeats a run that failed.
@Suite struct FuzzingTests {
    private static let seed = TestSeed.value

    private static let budget: Duration = {
        let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap { Double($0) } ?? 0.5
        return .milliseconds(Int(seconds * 1_000))
    }()

    @Test(arguments: FuzzTarget.all)
    func `no bytes break a parser`(target: FuzzTarget) async {
        #expect(!Corpus.inputs(of: target.name).isEmpty)
        let tried = await FuzzRun(target: target, seed: Self.seed, budget: Self.budget).run()
        #expect(tried > 0)
        print("fuzzed \(target.name): \(tried) inputs")
    }

    /// Texts that grow in one respect; a reader that looks back at what it has read takes four times as long for twice as
    /// much.
    private static let growing: [(name: String, text: @Sendable (Int) -> String)] = [
        ("depth", { String(repeating: "[", count: min($0, 100)) + String(repeating: "1,", count: $0) + "1" }),
        ("elements", { "[" + String(repeating: "1,", count: $0) + "1]" }),
        ("members", { "{" + (0..<$0).map { #""k\#($0)":1,"# }.joined() + #""k":1}"# }),
        ("equal members", { "{" + String(repeating: #""k":1,"#, count: $0) + #""k":1}"# }),
        ("escapes", { "\"" + String(repeating: #"\u00e9\n"#, count: $0) + "\"" }),
        ("an open string", { "\"" + String(repeating: "é", count: $0) }),
        ("digits", { "1." + String(repeating: "0", count: $0) }),
        ("refunds", { #"{"id":1,"refunds":["# + (0..<$0).map { #"{"id":\#($0)},"# }.joined() + #"{"id":0}]}"# }),
        (
            "fulfillments",
            { #"{"id":1,"fulfillments":["# + (0..<$0).map { #"{"id":\#($0),"shipment_status":"delivered"},"# }.joined() + "{}]}" }
        ),
    ]

    @Test(arguments: 0..<growing.count)
    func `twice the bytes take about twice the time`(index: Int) async {
        let family = Self.growing[index]
        let clock = ContinuousClock()
        func time(_ size: Int) -> Duration {
            let body = Array(family.text(size).utf8)
            return clock.measure {
                if let document = try? JSONDocument(parsing: body) { _ = document.root.canonicalJSON }
                if let fact = try? DecodedFact(FactChecks.stored("orders/updated", body), statuses: .standard) {
                    var state = OrderState()
                    state.merge(fact)
                }
                _ = Redaction.scrub(body)
            }
        }
        // Other tests share the machine: what is linear shows it within a few tries, what is quadratic never.
        for _ in 0..<5 {
            let (small, large) = (time(1_000), time(4_000))
            if large <= small * 10 { return }
            await Task.yield()
        }
        Issue.record("\(family.name): four times the bytes take more than ten times as long")
    }
}
