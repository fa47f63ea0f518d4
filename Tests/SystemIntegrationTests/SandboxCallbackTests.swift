import ChaosKit
import FoundationEssentials
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct SandboxCallbackTests {
    private static let secret = "sandbox-secret"

    @Test(arguments: [
        [], ["callback-before-answer"], ["duplicate-callbacks"], ["out-of-order"],
        ["callback-before-answer", "duplicate-callbacks", "out-of-order"],
    ])
    func `ingest believes the sandbox's couriers and stores every scan once`(faults: [String]) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ["COURIER_NATIVE_SECRET": Self.secret]) { client async throws in
                var options = SandboxOptions()
                options.port = 0
                options.callbacksTo = "http://127.0.0.1:\(client.port)"
                options.courierSecret = Self.secret
                options.pace = .milliseconds(20)
                options.faults = faults.compactMap { SandboxFault($0) }
                let started = AsyncStream.makeStream(of: Int.self)
                let sandbox = Sandbox(
                    options: options,
                    logger: system.logger,
                    onStart: { started.continuation.yield($0) }
                )
                try await system.running(sandbox.services) {
                    var ports = started.stream.makeAsyncIterator()
                    let courier = TestClient(port: await ports.next() ?? 0)
                    for number in 0..<10 { try await Self.book(number, courier) }
                    while sandbox.report().pendingSteps > 0 { try await Moment.pass() }
                }
                let times: Int64 = faults.contains("duplicate-callbacks") ? 2 : 1
                let report = sandbox.report()
                #expect(report.callbacksTold == Int(50 * times))
                #expect(report.assertions.allSatisfy { $0.holds })
                #expect(try await system.count("SELECT count(*) FROM event_store") == 50)
            }
        }
    }

    private static func book(_ number: Int, _ courier: TestClient) async throws {
        let reference = UUID(uuid: (UInt8(number), 0, 0, 0, 0, 0, 0x50, 0, 0x80, 0, 0, 0, 0, 0, 0, 1)).uuidString.lowercased()
        let body = #"{"reference":"\#(reference)","order":{"id":"\#(number)"},"destination":{"city":"Cairo"},"lines":[]}"#
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", reference)]
        let answer = try await courier.post("/v1/shipments", Array(body.utf8), headers: headers)
        #expect(answer.status == 201)
    }
}
