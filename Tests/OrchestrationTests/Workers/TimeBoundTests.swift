import ServiceRuntime
import Testing

@testable import Orchestration
@testable import Queues

/// The bounds of docs/guarantees.md, without the slack that a test with a clock has to give.
@Suite struct TimeBoundTests {
    @Test func `what a dead worker had read is taken over within fifteen seconds`() {
        #expect(DoorbellListener.minIdleTime + OrderWorker.claimInterval <= .seconds(15))
    }

    @Test func `a job whose worker died is due again within fifteen seconds, and within five of its deadline`() {
        for rate in [nil, RateLimit(maxStarts: 2, window: .seconds(1))] {
            let configuration = QueueConfiguration(rate: rate)
            #expect(configuration.lease + QueueRunner.upkeepInterval <= .seconds(15))
            #expect(configuration.lease + QueueRunner.upkeepInterval <= configuration.deadline + .seconds(5))
        }
    }

    @Test func `an event whose doorbell was lost is rung for again within two seconds`() throws {
        var settings = SettingsReader(layers: [[:]])
        let configuration = OrchestratorConfiguration(settings: &settings, defaultName: "one")
        #expect(configuration.relayAfter + configuration.relayInterval <= .seconds(2))
    }
}
