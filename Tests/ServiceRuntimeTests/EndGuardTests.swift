import Testing

@testable import ServiceRuntime

@Suite struct EndGuardTests {
    @Test func `a process whose services do not end in time ends with a status that says so`() async {
        await #expect(processExitsWith: .exitCode(1)) {
            let (running, continuation) = AsyncStream.makeStream(of: Never.self)
            continuation.finish()
            await EndGuard(name: "test", patience: .milliseconds(1)).watch(running)
        }
    }

    @Test func `one that ends in time is let alone`() async {
        let (running, continuation) = AsyncStream.makeStream(of: Never.self)
        continuation.finish()
        let guarding = Task { await EndGuard(name: "test", patience: .seconds(3_600)).watch(running) }
        guarding.cancel()
        await guarding.value
    }
}
