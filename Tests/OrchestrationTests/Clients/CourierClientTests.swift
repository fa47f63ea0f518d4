import ChaosKit
import Orders
import Testing

@testable import Orchestration

@Suite("The courier client", .timeLimit(.minutes(5)))
struct CourierClientTests {
    @Test func `books, looks up and cancels`() async throws {
        try await OutsideWorld.with { world in
            let request = OutsideWorld.shipment()
            #expect(await world.courier.lookUp(reference: request.reference).outcome == "absent")
            #expect(await world.courier.cancel(reference: request.reference).outcome == "absent")
            guard case .success(let shipment) = await world.courier.book(request) else {
                Issue.record("the booking failed")
                return
            }
            #expect(shipment.status == .booked)
            #expect(shipment.reference == request.reference)
            #expect(shipment.courier == CourierName("sandbox"))
            #expect(shipment.fee >= Money.zero)
            #expect(await world.courier.lookUp(reference: request.reference) == .success(shipment))
            #expect(await world.courier.book(request) == .success(shipment))
            for _ in 1...2 {
                guard case .success(let cancelled) = await world.courier.cancel(reference: request.reference) else {
                    Issue.record("the cancellation failed")
                    return
                }
                #expect(cancelled.status == .cancelled)
                #expect(cancelled.trackingNumber == shipment.trackingNumber)
            }
        }
    }

    @Test func `is refused for good with the answer at hand`() async throws {
        try await OutsideWorld.with(faults: ["book/422:1x1"]) { world in
            let request = OutsideWorld.shipment()
            guard case .refused(422, let body) = await world.courier.book(request) else {
                Issue.record("not refused")
                return
            }
            #expect(!body.isEmpty)
            _ = await world.courier.book(request)
            guard case .refused(409, let answer) = await world.courier.returnShipment(reference: request.reference) else {
                Issue.record("not refused")
                return
            }
            #expect(CourierError(body: answer) == .notInCustody)
        }
    }

    @Test(arguments: ["404", "301"])
    func `takes a 404 without the courier's code, and a redirect, for a wrong address`(fault: String) async throws {
        try await OutsideWorld.with(faults: ["look-up/\(fault)"]) { world in
            let result = await world.courier.lookUp(reference: OutsideWorld.shipment().reference)
            guard case .refused(let status, _) = result else {
                Issue.record("\(result)")
                return
            }
            #expect("\(status)" == fault)
        }
    }

    @Test(arguments: ["429=2s", "503=2s"])
    func `knows that nothing was done when it is throttled`(fault: String) async throws {
        try await OutsideWorld.with(faults: ["book/\(fault):1x1"]) { world in
            let request = OutsideWorld.shipment()
            #expect(await world.courier.book(request) == .throttled(after: .seconds(2)))
            guard case .success = await world.courier.book(request) else {
                Issue.record("not booked")
                return
            }
            #expect(world.sandbox.report().blindRetries == 0)
        }
    }

    @Test(
        arguments: [
            ("500", false), ("503", false), ("reset", false), ("timeout", false), ("accept-then-500", true),
            ("accept-then-reset", true), ("accept-then-timeout", true), ("malformed", true), ("oversized", true),
            ("wrong-subject", true), ("latency=6s", true),
        ]
    )
    func `does not know what became of a call that was not answered well, and finds out by looking`(
        fault: String,
        isBooked: Bool
    ) async throws {
        try await OutsideWorld.with(faults: ["book/\(fault):1x1"]) { world in
            let request = OutsideWorld.shipment()
            let isSlow = fault.hasSuffix("timeout") || fault.hasPrefix("latency")
            let result = await (isSlow ? world.impatientCourier : world.courier).book(request)
            guard case .unknown = result else {
                Issue.record("\(result)")
                return
            }
            // A slow call is accepted only after its caller has given up, sooner or later than the look.
            if fault != "latency=6s" {
                let found = await world.courier.lookUp(reference: request.reference)
                if isBooked { #expect(found.outcome == "success") } else { #expect(found.outcome == "absent") }
            } else {
                _ = await world.courier.lookUp(reference: request.reference)
            }
            #expect(await world.courier.book(request).outcome == "success")
            let report = world.sandbox.report()
            #expect(report.labels == 1)
            #expect(report.blindRetries == 0)
        }
    }

    @Test func `gives an answer its deadline to the last byte`() async throws {
        try await ScriptedServer.with(answer: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{") { address in
            try await OutsideWorld.with(address: address) { world in
                let start = ContinuousClock.now
                #expect(await world.impatientCourier.lookUp(reference: OutsideWorld.shipment().reference).outcome == "unknown")
                #expect(start.duration(to: .now) < .seconds(20))
            }
        }
    }

    @Test func `knows that nothing was sent when nobody listens, and leaves the address alone after a while`() async throws {
        let settings = ["BREAKER_FAILURES": "2", "BREAKER_OPEN_MS": "600000", "BREAKER_LONGEST_OPEN_MS": "600000"]
        try await OutsideWorld.with(address: "http://127.0.0.1:1", settings: settings) { world in
            let reference = OutsideWorld.shipment().reference
            for _ in 0..<2 {
                let result = await world.courier.lookUp(reference: reference)
                guard case .unreachable = result else {
                    Issue.record("\(result)")
                    return
                }
            }
            guard case .notNow(let reason, let after, _) = await world.courier.lookUp(reference: reference) else {
                Issue.record("the breaker is not open")
                return
            }
            #expect(after > .seconds(500))
            #expect(reason.contains("refused"), "the last failure is named")
        }
    }

    @Test func `opens its breaker for a service that fails, not for one that refuses`() async throws {
        let settings = ["BREAKER_FAILURES": "3", "BREAKER_OPEN_MS": "600000"]
        try await OutsideWorld.with(faults: ["book/422", "look-up/500"], settings: settings) { world in
            let request = OutsideWorld.shipment()
            for _ in 0..<5 { #expect(await world.courier.book(request).outcome == "refused") }
            for _ in 0..<3 { #expect(await world.courier.lookUp(reference: request.reference).outcome == "unknown") }
            #expect(await world.courier.lookUp(reference: request.reference).outcome == "not-now")
        }
    }

    @Test func `is caught when it retries blindly, at a courier that forgets keys even with two labels`() async throws {
        try await OutsideWorld.with(faults: ["book/accept-then-reset:1x1", "forgets-keys"]) { world in
            let request = OutsideWorld.shipment()
            _ = await world.courier.book(request)
            _ = await world.courier.book(request)
            let report = world.sandbox.report()
            #expect(report.blindRetries == 1)
            #expect(report.worstLabelsOfAReference == 2)
            #expect(report.assertions.count { !$0.holds } == 2)
        }
    }

    @Test(arguments: [1, 2, 3])
    func `books each of many orders once through every fault, when it looks before it tries again`(seed: UInt64) async throws {
        let faults = [
            "latency=2ms:0.2", "book/500:0.1", "book/accept-then-500:0.1", "reset:0.05", "book/accept-then-reset:0.1",
            "429=0s:0.1",
            "malformed:0.05", "503=0s:0.05",
        ]
        var options = SandboxOptions()
        options.seed = seed
        try await OutsideWorld.with(
            faults: faults,
            settings: ["BREAKER_FAILURES": "10000"],
            options: options
        ) { world in
            await withTaskGroup { group in
                for number in 0..<200 { group.addTask { await Self.persist(OutsideWorld.shipment(number), world.courier) } }
            }
            let report = world.sandbox.report()
            #expect(report.labels == 200, "seed \(seed)")
            #expect(report.blindRetries == 0, "\(report.namedBlindRetries), seed \(seed)")
            #expect(report.assertions.allSatisfy { $0.holds }, "seed \(seed)")
        }
    }

    /// What a job does, without its waits.
    private static func persist(_ request: ShipmentRequest, _ courier: CourierClient) async {
        var mayBeBooked = false
        for _ in 0..<100 {
            if mayBeBooked {
                switch await courier.lookUp(reference: request.reference) {
                case .success: return
                case .absent: mayBeBooked = false
                default: continue
                }
            }
            switch await courier.book(request) {
            case .success: return
            case .unknown: mayBeBooked = true
            default: continue
            }
        }
        Issue.record("never booked")
    }
}
