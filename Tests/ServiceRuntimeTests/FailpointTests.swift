import TestLog
import Testing

@testable import ServiceRuntime

@Suite struct FailpointTests {
    private static func read(_ text: String, environment: String = "test") -> (
        plans: [Failpoint: FailpointPlan], reasons: [String]
    ) {
        var settings = SettingsReader(layers: [["FAILPOINTS": text, "APP_ENV": environment]])
        let plans = settings.failpoints()
        do {
            try settings.finish()
            return (plans, [])
        } catch {
            return (plans, error.faults.map(\.reason))
        }
    }

    @Test func `a list of plans is read, and shown as it was meant`() {
        let text = "worker.after-commit=kill@3, job.during-call=stall:20s,ingest.before-doorbell=stall:250ms@7"
        #expect(
            Self.read(text).plans == [
                .workerAfterCommit: FailpointPlan(.kill, hit: 3), .jobDuringCall: FailpointPlan(.stall(.seconds(20))),
                .ingestBeforeDoorbell: FailpointPlan(.stall(.milliseconds(250)), hit: 7),
            ]
        )
        var settings = SettingsReader(layers: [["FAILPOINTS": text]])
        _ = settings.failpoints()
        #expect(
            settings.settings.last?.shownValue
                == "ingest.before-doorbell=stall:250ms@7,worker.after-commit=kill@3,job.during-call=stall:20000ms"
        )
    }

    @Test func `nothing set is nothing planned`() {
        #expect(Self.read(" ").plans == [:])
        #expect(Self.read(" ").reasons == [])
    }

    @Test(arguments: [
        "kill", "worker.after-commit", "worker.after-commit=", "worker.nowhere=kill", "worker.after-commit=kill@0",
        "worker.after-commit=kill@x", "worker.after-commit=stall", "worker.after-commit=stall:1", "worker.after-commit=stall:0ms",
        "worker.after-commit=stall:-1s", "worker.after-commit=stall:9223372036854775807s", "worker.after-commit=die",
        "worker.after-commit=kill,worker.after-commit=kill", "worker.after-commit=stall:2h", ",",
    ])
    func `what cannot be understood is refused with the words that can be`(text: String) throws {
        let (plans, reasons) = Self.read(text)
        #expect(plans == [:])
        #expect(try #require(reasons.first).contains("kill or stall:TIME"))
        #expect(reasons.count == 1)
    }

    @Test func `production has no failpoints`() {
        let (plans, reasons) = Self.read("worker.after-commit=kill", environment: "production")
        #expect(plans == [:])
        #expect(reasons == ["must not be set when APP_ENV=production"])
    }

    @Test func `a stall happens at its hit only, outlives a cancellation, and is logged`() async throws {
        let log = LogLines()
        let points = Failpoints([.jobAfterCall: FailpointPlan(.stall(.milliseconds(40)), hit: 2)], logger: log.logger)
        await Failpoints.off.hit(.jobAfterCall)
        await points.hit(.jobBeforeCall)
        await points.hit(.jobAfterCall)
        #expect(log.lines == [])
        let start = ContinuousClock.now
        let task = Task { await points.hit(.jobAfterCall) }
        task.cancel()
        await task.value
        #expect(start.duration(to: .now) >= .milliseconds(40))
        await points.hit(.jobAfterCall)
        let line = " critical A failpoint is hit. failpoint=job.after-call failpoint.plan=stall:40ms@2\n"
        #expect(log.lines == [line])
    }

    @Test func `a thread that may be blocked is blocked`() {
        let points = Failpoints([.workerInTransaction: FailpointPlan(.stall(.milliseconds(30)))], logger: LogLines().logger)
        let start = ContinuousClock.now
        points.hit(.workerInTransaction)
        #expect(start.duration(to: .now) >= .milliseconds(30))
    }
}
