import ChaosKit
import FoundationEssentials
import LocalServers
import Subprocess
import TestSystem
import Testing

/// A process that kills itself around any call to the outside but the three that every order makes.
extension FailpointDeathTests {
    enum Call: CaseIterable {
        case cancel, returnParcel
        /// Of an attempt whose outcome is unknown; in vain, where the courier has no label.
        case lookUp, lookUpInVain
        /// For a label of an attempt that was given up.
        case check
        case fulfillmentEvent, markAsPaid
        /// The courier cancels by itself.
        case note
        /// At the order in Shopify, before an edit of it.
        case look

        /// Which call of its process it is: Shopify is looked at before each edit.
        var number: Int { edit == nil ? 1 : 2 }

        /// How the sandbox counts it, where it is an edit of an order in Shopify.
        private var edit: String? {
            switch self {
            case .fulfillmentEvent: "fulfillment-event-create"
            case .markAsPaid: "order-mark-as-paid"
            case .note: "order-update"
            default: nil
            }
        }

        private var operation: String {
            switch self {
            case .cancel: "cancel"
            case .returnParcel: "return"
            case .look: "order"
            default: edit ?? "look-up"
            }
        }

        /// Every call that is made again may be: an edit that has happened is seen in Shopify first.
        func times(at place: String) -> [String: Int] {
            var times = [operation: edit != nil || place == "job.before-call" ? 1 : 2]
            times["book"] = self == .lookUpInVain ? 2 : 1
            if self == .look {
                // Another look came before its order was fulfilled.
                times[operation, default: 0] += 1
                times["fulfillment-event-create"] = 1
            }
            return times
        }

        var faults: [String] {
            switch self {
            case .lookUp, .check: ["book/accept-then-reset:x1"]
            case .lookUpInVain: ["book/reset:x1"]
            default: []
            }
        }

        var settings: [String: String] {
            switch self {
            case .lookUp, .lookUpInVain: ["INTERNAL_BOOKING_EVENTS_BACKOFF_MS": "600000"]
            case .check: ["INTERNAL_BOOKING_EVENTS_ATTEMPTS": "1", "BOOKING_CHECK_MS": "600000"]
            default: [:]
            }
        }

        /// Returns when the call is all that is left to be asked for.
        func prepare(_ system: TestSystem, _ client: TestClient, _ world: TestSandbox) async throws {
            _ = try await client.send(self == .markAsPaid ? TestOrder().paidAtTheDoor : TestOrder())
            switch self {
            case .lookUp, .lookUpInVain, .check:
                let waits = "SELECT count(*) FROM jobs WHERE state = 'ready' AND run_at > now() + interval '1 minute'"
                try await eventually("it waits for later") { try await system.count(waits) == 1 }
            case .cancel, .fulfillmentEvent, .look:
                try await system.drained()
            case .note:
                try await system.drained()
                try await world.move(try await Self.text("reference", system), to: "cancelled")
            case .returnParcel:
                try await system.drained()
                try await world.move(try await Self.text("reference", system), to: "picked_up")
                _ = try await client.scan(try await Self.text("tracking_number", system), "shipped")
                try await system.drained()
            case .markAsPaid:
                try await system.drained()
                _ = try await client.scan(try await Self.text("tracking_number", system), "delivered")
                try await system.drained()
            }
        }

        /// Asks for the call.
        func ask(_ system: TestSystem, _ client: TestClient) async throws {
            switch self {
            case .cancel, .returnParcel: _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            case .lookUp, .lookUpInVain, .check: try await system.execute("UPDATE jobs SET run_at = now() WHERE state = 'ready'")
            case .fulfillmentEvent, .look: _ = try await client.scan(try await Self.text("tracking_number", system), "shipped")
            case .markAsPaid: _ = try await client.collected(try await Self.text("tracking_number", system))
            case .note: _ = try await client.voided(try await Self.text("tracking_number", system))
            }
        }

        /// What must be true in the end.
        func check(_ system: TestSystem, _ world: TestSandbox) async throws {
            let states: [Call: String] = [.cancel: "1 cancelled", .returnParcel: "1 return_requested", .note: "1 rejected"]
            #expect(try await system.bookingStates() == [states[self] ?? "1 booked"])
            let report = world.sandbox.report()
            #expect(report.labels == 1)
            #expect(report.activeLabels == ([.cancel, .note].contains(self) ? 0 : 1))
            #expect(report.fulfillments == 1)
            let events: [Call: Int] = [.returnParcel: 1, .fulfillmentEvent: 1, .look: 1, .markAsPaid: 2]
            #expect(report.fulfillmentEvents == events[self, default: 0])
            #expect(report.paidOrders == (self == .markAsPaid ? 1 : 0))
            #expect(report.notedOrders == (self == .note ? 1 : 0))
            #expect(try await system.texts("SELECT key || ' ' || state FROM jobs") == [])
        }

        private static func text(_ column: String, _ system: TestSystem) async throws -> String {
            try #require(try await system.texts("SELECT \(column)::text FROM bookings").first)
        }
    }

    @Test(arguments: Call.allCases, ["job.before-call", "job.during-call", "job.after-call"])
    func `a worker that dies around any other call to the outside leaves it done once`(call: Call, place: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox(faults: call.faults) { world async throws in
                    let senders = ["NATIVE", "AFTERSHIP", "EASYPOST"].map { ("COURIER_\($0)_AUTH", "none") }
                    try await system.withIngest(settings: Dictionary(uniqueKeysWithValues: senders)) { client async throws in
                        let settings = Self.settings(world, call.settings)
                        try await system.withProcess("orchestrator", settings, in: folder) { _ async throws in
                            try await call.prepare(system, client, world)
                        }
                        let plan = "\(place)=kill@\(call.number)"
                        let death = try await Self.dying("orchestrator", settings, at: plan, in: folder, system) {
                            _ async throws in
                            try await call.ask(system, client)
                        }
                        try await system.withProcess("orchestrator", settings, in: folder) { _ in try await system.drained() }
                        Bound.expect("recovery from \(call) \(plan)", since: death, within: Self.lease + .seconds(2))
                        for (operation, times) in call.times(at: place) { #expect(world.calls(operation) == times) }
                        try await call.check(system, world)
                        #expect(world.complaints == [])
                        #expect(try await system.brokenPromises() == [])
                    }
                }
            }
        }
    }
}
