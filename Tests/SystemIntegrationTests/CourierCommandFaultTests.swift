import ChaosKit
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// Everything that a courier service can do to the calls that follow a booking, beside one, two and four replicas.
@Suite(.timeLimit(.minutes(5))) struct CourierCommandFaultTests {
    /// What is asked of a courier, and why.
    enum Command: CaseIterable {
        case cancel, returnParcel
        /// A look for the label of an attempt that was given up, wanted still or not any more.
        case checkWanted, checkUnwanted

        /// How the sandbox counts it.
        var operation: String {
            switch self {
            case .cancel: "cancel"
            case .returnParcel: "return"
            case .checkWanted, .checkUnwanted: "look-up"
            }
        }

        var isCheck: Bool { operation == "look-up" }

        /// What becomes of each booking.
        var end: String {
            switch self {
            case .cancel, .checkUnwanted: "1 cancelled"
            case .returnParcel: "1 returned"
            case .checkWanted: "1 booked"
            }
        }
    }

    private static let faults = ["429=0s", "500", "reset", "malformed", "accept-then-reset", "accept-then-timeout"]
    private static let orders = 3
    private static let letters = "SELECT count(*) FROM jobs WHERE state = 'dead'"

    @Test(arguments: Command.allCases.flatMap { command in faults.map { (command, $0) } }, [1, 2, 4])
    func `whatever its courier does, a label is taken back, a parcel asked for, and a late label found, once`(
        what: (command: Command, fault: String),
        replicas: Int
    ) async throws {
        let (command, fault) = what
        var faults = ["\(command.operation)/\(fault):1x\(Self.orders)"]
        if command.isCheck { faults.append("book/accept-then-reset:1x\(Self.orders)") }
        var settings = ["BREAKER_OPEN_MS": "50", "BREAKER_LONGEST_OPEN_MS": "100"]
        if command.isCheck { settings.merge(["INTERNAL_BOOKING_EVENTS_ATTEMPTS": "1", "BOOKING_CHECK_MS": "600000"]) { $1 } }
        // Patience costs time only where no answer comes.
        if fault.contains("timeout") { settings["COURIER_CALL_TIMEOUT_MS"] = "2000" }
        try await BookingTableTests.with(replicas, faults: faults, settings: settings) { system, client, world in
            for id in 1...Self.orders { _ = try await client.send(TestOrder(id)) }
            try await Self.ask(command, system, client, world)
            try await system.drained()
            if command == .returnParcel {
                #expect(try await system.bookingStates() == Array(repeating: "1 return_requested", count: Self.orders))
                try await Self.tell("returned", hour: 9, system, client, world)
                try await system.drained()
            }
            try await Self.check(command, fault, system, world)
        }
    }

    /// Returns once the command is all that is left to do, if not done already.
    private static func ask(
        _ command: Command,
        _ system: TestSystem,
        _ client: TestClient,
        _ world: TestSandbox
    ) async throws {
        if command.isCheck {
            while try await system.count(letters) < orders { try await Moment.pass() }
        } else {
            try await system.drained()
        }
        if command == .returnParcel { try await tell("shipped", "picked_up", system, client, world) }
        if command != .checkWanted {
            for id in 1...orders { _ = try await client.send(TestOrder(id).with { $0.isCancelled = true }) }
        }
        guard command.isCheck else { return }
        let state = command == .checkWanted ? "1 parked" : "1 cancelled"
        while try await system.bookingStates() != Array(repeating: state, count: orders) { try await Moment.pass() }
        try await system.makeJobsDue()
    }

    /// Every parcel moves, and its courier says so.
    private static func tell(
        _ word: String,
        _ status: String? = nil,
        hour: Int = 8,
        _ system: TestSystem,
        _ client: TestClient,
        _ world: TestSandbox
    ) async throws {
        for reference in try await system.texts("SELECT reference::text FROM bookings") {
            try await world.move(reference, to: status ?? word)
        }
        for number in try await system.texts("SELECT tracking_number FROM bookings") {
            #expect(try await client.scan(number, word, hour: hour).status == 200)
        }
        try await system.drained()
    }

    private static func check(_ command: Command, _ fault: String, _ system: TestSystem, _ world: TestSandbox) async throws {
        let report = world.sandbox.report()
        #expect(try await system.bookingStates() == Array(repeating: command.end, count: orders))
        #expect(report.labels == orders)
        #expect(report.activeLabels == (command == .checkWanted ? orders : 0))
        let taken = "SELECT count(*) FROM event_store WHERE topic = 'booking/cancelled'"
        #expect(try await system.count(taken) == (command.end == "1 cancelled" ? orders : 0))
        #expect(report.calls["cancel"]?["200"] == (command.end == "1 cancelled" ? orders : nil))
        // A fault that never happens proves nothing; what is answered is not asked for again.
        let outcomes = report.calls[command.operation, default: [:]]
        #expect(outcomes.filter { $0.key != "200" }.values.reduce(0, +) == orders)
        // A label is looked for when its attempt is given up, and when nobody wants it any more: both may find it.
        let answers = command == .checkUnwanted ? orders...orders * 2 : orders...orders
        #expect(answers.contains(outcomes["200", default: 0]))
        #expect(world.calls("book") == orders)
        #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
        #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'discarded'") == 0)
        #expect(try await system.count("SELECT count(*) FROM orders WHERE flags <> '{}'") == 0)
        #expect(world.complaints == [])
        #expect(try await system.brokenPromises() == [])
    }
}
