import Queues
import Synchronization
import TestSystem
import Testing

/// Jobs that nothing can be done about keep no others waiting.
extension QueueRunnerTests {
    enum Hindrance: CaseIterable {
        /// Nothing is due.
        case delay
        /// What is due waits for an earlier job of its order.
        case sequence
    }

    @Test(arguments: Hindrance.allCases)
    func `a shop behind a hundred that have nothing to give is served`(hindrance: Hindrance) async throws {
        try await JobBench.with { bench in
            let recorder = Recorder()
            for number in 100..<200 {
                let shop = "a-\(number).example"
                try await bench.insert(JobBench.job("wait:\(number)", order: number, shop: shop, delay: .seconds(3_600)))
                guard hindrance == .sequence else { continue }
                try await bench.insert(JobBench.job("behind:\(number)", order: number, shop: shop))
            }
            try await Self.withRunners(1, bench, handler: recorder) { _ in
                for number in 1...3 {
                    try await bench.insert(JobBench.job("book:\(number)", order: number, shop: "z-\(number).example"))
                    while recorder.keys.count < number { try await Moment.pass() }
                }
            }
            #expect(recorder.keys == ["book:1", "book:2", "book:3"])
        }
    }

    @Test func `a dead letter that cannot be looked at keeps no other from being ended`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { $0.key.hasPrefix("bad") ? .dead(reason: "bad", answer: nil) : .done(answer: nil) }
            recorder.unreadable.withLock { $0 = ["bad:1"] }
            recorder.unwanted.withLock { $0 = ["bad:2", "bad:3"] }
            for order in 1...3 {
                try await bench.insert(JobBench.job("bad:\(order)", order: order), JobBench.job("behind:\(order)", order: order))
            }
            try await Self.withRunners(1, bench, handler: recorder) { _ in
                while try await bench.states() != ["bad:1 dead", "behind:1 blocked"] { try await Moment.pass() }
            }
            #expect(recorder.keys.filter { $0.hasPrefix("behind") }.sorted() == ["behind:2", "behind:3"])
        }
    }
}
