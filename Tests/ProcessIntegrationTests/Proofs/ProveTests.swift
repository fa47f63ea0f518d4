import FoundationEssentials
import LocalServers
import Subprocess
import Testing

/// The program `chaos prove` as a whole, small: “make chaos” is the same with thousands of arrival orders.
@Suite(.timeLimit(.minutes(15))) struct ProveTests {
    private struct Report: Decodable {
        struct Fault: Decodable {
            var kind: String
            var withinBound: Bool
        }

        struct Assertion: Decodable {
            var claim: String
            var holds: Bool
            var finding: String
        }

        var arrivalOrders: Int
        var lost: Int
        var doubled: Int
        var divergent: Int
        var stateHash: String
        var faults: [Fault]
        var assertions: [Assertion]
    }

    private static func prove(_ arguments: [String], in folder: TestFolder) async throws -> (TerminationStatus, Report) {
        let file = folder.newPath("report.json")
        // A relay that looks sooner, so that one fault is over before the next.
        let relay = ["--setting", "RELAY_AFTER_MS=500", "--setting", "RELAY_INTERVAL_MS=100"]
        let slack = ["--slack", "\(Bound.slack)"]
        let program = folder.program("chaos", arguments: ["prove", "--json", file] + relay + slack + arguments)
        try await program.spawn()
        let status = try #require(await program.ended(within: .seconds(600)), "\(program.log)")
        let json = try #require(FileManager.default.contents(atPath: file), "\(program.log)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (status, try decoder.decode(Report.self, from: json))
    }

    @Test func `every kind of fault leaves one state in every arrival order`() async throws {
        try await TestFolder.with { folder in
            let (status, report) = try await Self.prove(
                ["--seed", "7", "--arrival-orders", "8", "--duration", "30", "--faults", "16", "--fault-scale", "0.3"],
                in: folder
            )
            for assertion in report.assertions { #expect(assertion.holds, "\(assertion.claim): \(assertion.finding)") }
            #expect(status.isSuccess)
            #expect(Set(report.faults.map(\.kind)).count == 16)
            #expect(report.faults.filter { !$0.withinBound }.map(\.kind) == [])
            #expect(report.stateHash.count == 64)
            #expect([report.lost, report.doubled, report.divergent] == [0, 0, 0])
            #expect(report.arrivalOrders == 8)
        }
    }

    @Test func `bookings are made once, whatever dies meanwhile`() async throws {
        let kinds = [
            "orchestrator-kill", "postgres-restart", "redis-flush", "ingest-kill", "postgres-cut", "merge-failpoint",
            "call-failpoint",
        ]
        // Short leases: what a dead worker had is claimed by another soon.
        let deadlines = ["INTERNAL_BOOKING_EVENTS", "COURIER_COMMANDS", "SHOPIFY_ADMIN_NOTIFICATIONS"].flatMap {
            ["--setting", "\($0)_DEADLINE_MS=2000"]
        }
        try await TestFolder.with { folder in
            let (status, report) = try await Self.prove(
                [
                    "--booking", "--seed", "9", "--arrival-orders", "4", "--duration", "30", "--faults", "7", "--fault-scale",
                    "0.3",
                ]
                    + deadlines + kinds.flatMap { ["--fault", $0] },
                in: folder
            )
            for assertion in report.assertions { #expect(assertion.holds, "\(assertion.claim): \(assertion.finding)") }
            #expect(status.isSuccess)
            #expect(Set(report.faults.map(\.kind)) == Set(kinds))
        }
    }
}
