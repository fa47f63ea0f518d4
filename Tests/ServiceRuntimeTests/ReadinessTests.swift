import Testing

@testable import ServiceRuntime

@Suite("Readiness", .timeLimit(.minutes(5)))
struct ReadinessTests {
    private struct Away: Error, CustomStringConvertible {
        var description: String { "connection \"refused\"" }
    }

    @Test func `All checks passed means ready`() async {
        let readiness = Readiness(deadline: .seconds(60))
        readiness.add("postgres") {}
        readiness.add("redis") {}
        let report = await readiness.report()
        #expect(report.isReady)
        #expect(report.json == #"{"status":"ready","checks":{"postgres":"ok","redis":"ok"}}"# + "\n")
    }

    @Test func `A failing check is named with its reason`() async {
        let readiness = Readiness(deadline: .seconds(60))
        readiness.add("postgres") {}
        readiness.add("redis") { throw Away() }
        let report = await readiness.report()
        #expect(!report.isReady)
        #expect(report.json == #"{"status":"not ready","checks":{"postgres":"ok","redis":"connection \"refused\""}}"# + "\n")
    }

    @Test func `A check that hangs and ignores its cancellation delays nobody beyond the deadline`() async {
        let (stream, release) = AsyncStream.makeStream(of: Void.self)
        let hanging = Task { for await _ in stream {} }
        let readiness = Readiness(deadline: .milliseconds(1))
        readiness.add("postgres") { await hanging.value }
        #expect(await readiness.report().failures == ["postgres": "no answer within 0.001 seconds"])
        #expect(await readiness.report().failures == ["postgres": "the check before has not ended yet"])
        release.finish()
    }

    @Test func `What takes a moment to start is not ready before`() async {
        let readiness = Readiness(deadline: .seconds(5))
        let listens = readiness.expectStart(of: "port")
        #expect(await readiness.report().json.contains(#"{"port":"it has not started yet"}"#))
        listens()
        #expect(await readiness.report().isReady)
    }

    @Test func `A draining process is not ready`() async {
        let readiness = Readiness(deadline: .seconds(60))
        readiness.drain()
        let report = await readiness.report()
        #expect(!report.isReady)
        #expect(report.json == #"{"status":"draining","checks":{}}"# + "\n")
    }
}
