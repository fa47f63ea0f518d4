import Testing

@testable import ChaosKit

@Suite("A fault of the sandbox")
struct SandboxFaultTests {
    @Test(
        arguments: [
            ("latency=200ms:0.1", nil, .latency(.milliseconds(200)), 0.1, nil),
            ("500:0.05", nil, .failure(.status(500, retryAfter: nil), afterAcceptance: false), 0.05, nil),
            ("429", nil, .failure(.status(429, retryAfter: .seconds(1)), afterAcceptance: false), 1, nil),
            ("shopify/429=2s", "shopify", .failure(.status(429, retryAfter: .seconds(2)), afterAcceptance: false), 1, nil),
            ("503=1s:x2", nil, .failure(.status(503, retryAfter: .seconds(1)), afterAcceptance: false), 1, 2),
            ("shopify/throttled", "shopify", .failure(.throttled, afterAcceptance: false), 1, nil),
            ("reset", nil, .failure(.reset, afterAcceptance: false), 1, nil),
            ("book/accept-then-timeout=50ms:1x3", "book", .failure(.silence(.milliseconds(50)), afterAcceptance: true), 1, 3),
            ("accept-then-500", nil, .failure(.status(500, retryAfter: nil), afterAcceptance: true), 1, nil),
            ("malformed", nil, .failure(.malformed, afterAcceptance: true), 1, nil),
            ("look-up/wrong-subject", "look-up", .failure(.wrongSubject, afterAcceptance: true), 1, nil),
            ("cancel/says-in_transit", "cancel", .failure(.says("in_transit"), afterAcceptance: false), 1, nil),
            ("book/late=30s:1x1", "book", .late(.seconds(30)), 1, 1),
            ("forgets-keys", nil, .forgetsKeys, 1, nil), ("callback-before-answer", nil, .callbackBeforeAnswer, 1, nil),
            ("duplicate-callbacks:0.5", nil, .duplicateCallbacks, 0.5, nil), ("out-of-order", nil, .outOfOrder, 1, nil),
        ] as [(String, String?, SandboxFault.Kind, Double, Int?)]
    )
    func `is read as it is written`(text: String, scope: String?, kind: SandboxFault.Kind, share: Double, count: Int?) throws {
        let fault = try #require(SandboxFault(text))
        #expect(fault.scope == scope)
        #expect(fault.kind == kind)
        #expect(fault.share == share)
        #expect(fault.count == count)
    }

    @Test(
        arguments: [
            "", "latency", "latency=fast", "late", "200", "600", "teapot", "500:2", "500:-1", "500:1x0", "500:1x", "moon/500",
            "accept-then-",
            "accept-then-latency=1s", "says-nothing",
        ]
    )
    func `is refused when it is none`(text: String) {
        #expect(SandboxFault(text) == nil)
    }

    private func fates(seed: UInt64, keys: [String], order: [Int]) throws -> [Int: SandboxFaults.Fate] {
        var faults = SandboxFaults(seed: seed, faults: try ["latency=1s:0.3", "500:0.3", "reset:0.3"].map(fault))
        return Dictionary(
            uniqueKeysWithValues: order.map { index in
                (index, faults.fate(of: .init(operation: .book, subject: keys[index], key: keys[index]), ordinal: 1))
            }
        )
    }

    private func fault(_ text: String) throws -> SandboxFault { try #require(SandboxFault(text)) }

    @Test func `meets the same calls in whatever order they come, and others with another seed`() throws {
        let keys = (0..<200).map { "key \($0)" }
        let forward = try fates(seed: 7, keys: keys, order: Array(keys.indices))
        let backward = try fates(seed: 7, keys: keys, order: keys.indices.reversed())
        let other = try fates(seed: 8, keys: keys, order: Array(keys.indices))
        #expect(forward == backward)
        #expect(forward != other)
        let failed = forward.values.count { $0.failure != nil }
        #expect((60...140).contains(failed))
    }

    @Test func `happens as often as it is counted, and only in its scope`() throws {
        var faults = SandboxFaults(seed: 1, faults: [try fault("book/500:1x2")])
        var hits = 0
        for ordinal in 1...5 {
            let lookUp = SandboxCall(operation: .lookUp, subject: "a", key: "a")
            let untouched = faults.fate(of: lookUp, ordinal: ordinal)
            #expect(untouched.failure == nil)
            if faults.fate(of: .init(operation: .book, subject: "a", key: "a"), ordinal: ordinal).failure != nil { hits += 1 }
        }
        #expect(hits == 2)
    }
}
