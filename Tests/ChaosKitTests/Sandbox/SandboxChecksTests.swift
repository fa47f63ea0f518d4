import Testing

@testable import ChaosKit

@Suite("The sandbox judges its callers")
struct SandboxChecksTests {
    private func call(
        _ operation: SandboxCall.Operation,
        _ subject: String = "a",
        key: String? = nil,
        attempt: Int = 0
    ) -> SandboxCall {
        SandboxCall(operation: operation, subject: subject, key: key ?? subject, attempt: attempt)
    }

    @Test func `a booking sent again without a look is a blind retry`() {
        var check = BlindRetryCheck()
        check.began(call(.book))
        check.began(call(.book))
        #expect(check.count == 1)
        #expect(check.named == ["book a"])
    }

    @Test func `a booking sent again after a look-up or a refusal is none`() {
        var check = BlindRetryCheck()
        check.began(call(.book))
        check.lookedUp(call(.lookUp))
        check.began(call(.book))
        check.refused(call(.book))
        check.began(call(.book))
        #expect(check.count == 0)
    }

    @Test func `a call that comes after the look-up it preceded makes no blind retry of the next try, whichever comes first`() {
        for order in [[1, 2], [2, 1]] {
            var check = BlindRetryCheck()
            check.lookedUp(call(.lookUp, attempt: 2))
            for attempt in order { check.began(call(.book, attempt: attempt)) }
            #expect(check.count == 0, "\(order)")
        }
    }

    @Test func `a further try without a look of its own is a blind retry, and so is the same try twice`() {
        var check = BlindRetryCheck()
        check.lookedUp(call(.lookUp, attempt: 2))
        check.began(call(.book, attempt: 2))
        check.began(call(.book, attempt: 3))
        #expect(check.count == 1)
        check.began(call(.book, attempt: 3))
        #expect(check.count == 2)
    }

    @Test func `orders of two shops that share an id are two orders`() {
        var check = BlindRetryCheck()
        for shop in ["a", "b"] {
            check.began(SandboxCall(operation: .fulfillmentEventCreate, subject: "1", key: "k", shop: shop))
        }
        #expect(check.count == 0)
        check.lookedUp(SandboxCall(operation: .order, subject: "1", key: "k", shop: "a"))
        check.began(SandboxCall(operation: .fulfillmentEventCreate, subject: "1", key: "k", shop: "b"))
        #expect(check.count == 1)
    }

    @Test func `cancelling twice is harmless, and so is another order or another effect`() {
        var check = BlindRetryCheck()
        check.began(call(.cancel))
        check.began(call(.cancel))
        check.began(call(.book, "a"))
        check.began(call(.book, "b"))
        check.began(call(.fulfillmentEventCreate, "1", key: "delivered"))
        check.began(call(.fulfillmentEventCreate, "1", key: "shipped"))
        #expect(check.count == 0)
        check.began(call(.fulfillmentEventCreate, "1", key: "shipped"))
        #expect(check.count == 1)
    }

    @Test func `the worst window is found wherever it begins`() {
        var peak = SlidingPeak(window: .seconds(1))
        let start = ContinuousClock.now
        for milliseconds in [0, 900, 950, 1_000, 1_899, 1_950, 5_000] { peak.add(start + .milliseconds(milliseconds)) }
        #expect(peak.peak == 4)
        #expect(peak.total == 7)
    }

    @Test func `calls exactly one window apart are not in one window`() {
        var peak = SlidingPeak(window: .seconds(1))
        let start = ContinuousClock.now
        for second in 0..<5_000 { peak.add(start + .seconds(second)) }
        #expect(peak.peak == 1)
    }

    @Test func `the worst window equals what counting every window finds`() {
        var random = SplitMix64(seed: 42)
        for _ in 0..<50 {
            var times = (0..<200).map { _ in random.int(in: 0..<10_000) }
            times.sort()
            var peak = SlidingPeak(window: .milliseconds(500))
            let start = ContinuousClock.now
            for time in times { peak.add(start + .milliseconds(time)) }
            let counted = times.map { first in times.count { $0 >= first && $0 < first + 500 } }.max()
            #expect(peak.peak == counted, "seed 42")
        }
    }

    @Test func `a limit is judged by the calls it is about`() throws {
        var watch = WindowWatch(limit: try #require(CallLimit("shopify=2/1s")))
        let start = ContinuousClock.now
        for milliseconds in [0, 10, 1_000] { watch.add(call(.order), at: start + .milliseconds(milliseconds)) }
        watch.add(call(.book), at: start + .milliseconds(1_001))
        watch.add(call(.orderUpdate), at: start + .milliseconds(1_010))
        #expect(watch.assertion.holds)
        watch.add(call(.orderUpdate), at: start + .milliseconds(1_999))
        #expect(!watch.assertion.holds)
    }

    @Test(
        arguments: ["", "shopify", "moon=1/1s", "shopify=0/1s", "shopify=2", "shopify=2/0s"]
    )
    func `a limit that is none is refused`(text: String) {
        #expect(CallLimit(text) == nil)
    }

    @Test func `the log keeps the newest calls and counts all`() {
        var log = CallLog()
        for number in 1...(CallLog.maxEntries + 5) { log.add(call(.book, "\(number)"), at: .zero, outcome: "201") }
        #expect(log.total == CallLog.maxEntries + 5)
        #expect(log.counts == ["book": ["201": CallLog.maxEntries + 5]])
        #expect(log.latest(2).map(\.number) == [CallLog.maxEntries + 5, CallLog.maxEntries + 4])
        #expect(log.latest(5_000).count == CallLog.maxEntries)
        #expect(log.latest(5_000).last?.number == 6)
    }
}
