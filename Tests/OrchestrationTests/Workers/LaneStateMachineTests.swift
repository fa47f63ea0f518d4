import Testing

@testable import Orchestration

@Suite struct LaneStateMachineTests {
    private typealias Lane = LaneStateMachine<String>
    private let start = ContinuousClock.now

    private func lane() -> Lane { Lane(claimInterval: .seconds(5), loadedSubjects: 8, now: start) }

    /// A lane that has read what it had before.
    private func running() -> Lane {
        var lane = lane()
        lane.read([], at: start)
        return lane
    }

    private func words(_ lane: Lane) -> String {
        switch lane.next {
        case .readOwn: "read own"
        case .readNew(let gathers): gathers ? "gather" : "read"
        case .claim: "claim"
        case .merge(let received): "merge \(received.joined(separator: " "))"
        }
    }

    @Test func `a lane begins with what it had before its restart, until nothing of it is left`() {
        var lane = lane()
        for received in ["a", "b"] {
            #expect(words(lane) == "read own")
            lane.read([received], at: start)
            #expect(words(lane) == "merge \(received)")
            lane.merged(subjects: 1)
        }
        lane.read([], at: start)
        #expect(words(lane) == "read")
    }

    @Test func `doorbells are merged at once, and what others left is looked for when there are none`() {
        var lane = running()
        lane.read(["a"], at: start)
        #expect(words(lane) == "merge a")
        lane.merged(subjects: 1)
        #expect(words(lane) == "read")
        lane.read([], at: start)
        #expect(words(lane) == "claim")
        lane.claimed(["b"], at: start)
        #expect(words(lane) == "merge b")
        lane.merged(subjects: 1)
        lane.read([], at: start)
        lane.claimed([], at: start)
        #expect(words(lane) == "read")
    }

    @Test func `a busy lane looks after others from time to time, and merges theirs with its own`() {
        var lane = running()
        lane.read(["a"], at: start + .seconds(5))
        #expect(words(lane) == "claim")
        lane.claimed(["b"], at: start + .seconds(5))
        #expect(words(lane) == "merge a b")
        lane.merged(subjects: 2)
        lane.read(["c"], at: start + .seconds(9))
        #expect(words(lane) == "merge c")
        lane.merged(subjects: 1)
        lane.read(["d"], at: start + .seconds(10))
        #expect(words(lane) == "claim")
    }

    @Test(arguments: [(7, "read"), (8, "gather")])
    func `a lane gathers doorbells after a batch that was large`(subjects: Int, expected: String) {
        var lane = running()
        lane.read(["a"], at: start)
        lane.merged(subjects: subjects)
        #expect(words(lane) == expected)
        lane.read([], at: start)
        lane.claimed([], at: start)
        #expect(words(lane) == "read")
    }

    @Test func `what was read is kept while PostgreSQL is away, and nothing else is read or claimed`() {
        var lane = running()
        lane.read(["a"], at: start)
        for failures in 1...3 {
            lane.failed(keeps: true)
            #expect(words(lane) == "merge a")
            #expect(lane.failures == failures)
        }
        lane.merged(subjects: 1)
        #expect(lane.failures == 0)
        #expect(words(lane) == "read")
    }

    @Test func `a lane that ends has merged what it has read, unless PostgreSQL is away`() {
        var lane = running()
        #expect(!lane.hasUntried)
        lane.read(["a"], at: start + .seconds(5))
        #expect(lane.hasUntried)
        lane.claimed([], at: start + .seconds(5))
        #expect(lane.hasUntried)
        lane.failed(keeps: true)
        #expect(!lane.hasUntried)
        lane.merged(subjects: 1)
        lane.read([], at: start)
        #expect(!lane.hasUntried)
    }

    @Test func `what cannot be merged for another reason is left to Redis`() {
        var lane = running()
        lane.read(["a"], at: start)
        lane.failed(keeps: false)
        #expect(words(lane) == "read")
        var restarted = self.lane()
        restarted.read(["a"], at: start)
        restarted.failed(keeps: false)
        #expect(words(restarted) == "read own")
    }

    @Test func `a claim that fails keeps nothing waiting`() {
        var lane = running()
        lane.read(["a"], at: start + .seconds(5))
        lane.failed(keeps: false)
        #expect(words(lane) == "merge a")
        lane.merged(subjects: 1)
        lane.read([], at: start + .seconds(5))
        lane.failed(keeps: false)
        #expect(words(lane) == "read")
        lane.read(["b"], at: start + .seconds(5))
        #expect(words(lane) == "claim")
    }
}
