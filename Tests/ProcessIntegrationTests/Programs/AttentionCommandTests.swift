import Foundation
import LocalServers
import ServiceRuntime
import Subprocess
import TestSystem
import Testing

/// What needs a person, seen to without a console.
@Suite(.timeLimit(.minutes(2))) struct AttentionCommandTests {
    private static func body(_ number: Int, _ more: String = "") -> String {
        #"{"id":"\#(number)","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid"\#(more)}"#
    }

    /// Runs `ordersctl` with `--json`; returns what it prints.
    static func output(_ arguments: [String], _ system: TestSystem, _ folder: TestFolder) async throws -> Data {
        let environment = system.environment.merging(["USER": "ana"]) { $1 }
        let program = folder.program("ordersctl", arguments: arguments + ["--json"], environment: environment)
        try await program.spawn()
        #expect(await program.ended() == .exited(0), "\(program.log)")
        return Data(program.log.utf8)
    }

    private static func json(_ arguments: [String], _ system: TestSystem, _ folder: TestFolder) async throws -> Any {
        try JSONSerialization.jsonObject(with: try await output(arguments, system, folder))
    }

    @Test func `events in quarantine are listed, tried again as asked, and written down`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withIngest { client async throws in
                    for number in 1...4 { _ = try await client.shopify(Self.body(number)) }
                }
                let spoilt = "WHERE ref_id IN ('2', '3')"
                try await system.execute(
                    "CREATE TABLE kept AS SELECT event_id, body FROM event_store; UPDATE event_store SET body = 'no' \(spoilt)"
                )
                try await system.withOrchestrators {
                    try await system.settled()
                    let held = try #require(try await Self.json(["quarantine"], system, folder) as? [[String: Any]])
                    #expect(Set(held.map { $0["refId"] as? String }) == ["2", "3"])
                    #expect(held.allSatisfy { ($0["reason"] as? String)?.contains("could not be merged") == true }, "\(held)")
                    let id = try #require(held.first { $0["refId"] as? String == "2" }?["orderId"] as? String)
                    // The cause is gone of one of them.
                    try await system.execute(
                        "UPDATE event_store AS e SET body = k.body FROM kept AS k WHERE k.event_id = e.event_id AND e.ref_id = '2'"
                    )
                    let all = ["quarantine", "retry", "--all"]
                    let dry = try await Self.json(all + ["--dry-run"], system, folder) as? [String: Any]
                    #expect(dry?["released"] as? Int == 2 && dry?["orders"] as? Int == 2)
                    #expect(try await system.count("SELECT count(*) FROM operator_audit") == 0)
                    let done = try await Self.json(["quarantine", "retry", id], system, folder) as? [String: Any]
                    #expect(done?["released"] as? Int == 1)
                    try await system.settled()
                    #expect(try await system.orders().filter(\.isQuarantined).map(\.refID) == ["3"])
                    // What fails again is held again.
                    _ = try await Self.json(all, system, folder)
                    try await system.settled()
                    #expect(try await system.orders().filter(\.isQuarantined).map(\.refID) == ["3"])
                    let written = try await system.texts(
                        "SELECT concat_ws(' ', actor, action, target, after) FROM operator_audit ORDER BY id"
                    )
                    let other = try #require(held.first { $0["refId"] as? String == "3" }?["orderId"] as? String)
                    #expect(
                        written == [id, other].map { #"ordersctl:ana order.retry order:\#($0) {"released": 1}"# },
                        "\(written)"
                    )
                }
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `an order of which nothing is in quarantine is named, and nothing is done without one`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                for (arguments, status) in [([UUID().uuidString], ExitStatus.failure), ([], ExitStatus.usage)] {
                    let retry = folder.program(
                        "ordersctl",
                        arguments: ["quarantine", "retry"] + arguments,
                        environment: system.environment
                    )
                    try await retry.spawn()
                    #expect(await retry.ended() == .exited(status), "\(retry.log)")
                }
                #expect(try await system.count("SELECT count(*) FROM operator_audit") == 0)
            }
        }
    }

    @Test func `a courier's word is listed and mapped, and the orders that had it are folded anew`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let parcel = #"{"id":1,"status":"success","tracking_company":"bosta","tracking_number":"TRK-1"}"#
                let scan =
                    #"{"tracking_number":"TRK-1","status":"on_a_boat","courier":"bosta","timestamp":"2026-01-19T08:00:00Z"}"#
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    _ = try await client.shopify(Self.body(1, ",\"fulfillments\":[\(parcel)]"))
                    #expect(try await client.courier(scan).status == 200)
                }
                try await system.withOrchestrators { try await system.settled() }
                let words = try await Self.json(["statuses"], system, folder) as? [[String: Any]]
                #expect(words?.map { $0["status"] as? String } == ["on_a_boat"])
                let map = ["statuses", "map", "native", "on_a_boat", "in_transit"]
                let dry = try await Self.json(map + ["--dry-run"], system, folder) as? [String: Any]
                #expect(dry?["orders"] as? Int == 1)
                #expect(try await system.count("SELECT count(*) FROM courier_statuses") == 0)
                let done = try await Self.json(map, system, folder) as? [String: Any]
                #expect(done?["changed"] as? Int == 1)
                #expect(try await system.texts("SELECT status FROM shipments") == ["in_transit"])
                #expect((try await Self.json(["statuses", "list"], system, folder) as? [Any])?.isEmpty == true)
                let written = "SELECT concat_ws(' ', actor, action, target, after) FROM operator_audit"
                #expect(
                    try await system.texts(written) == [
                        #"ordersctl:ana status.map status:native/on_a_boat {"normalised": "in_transit"}"#
                    ]
                )
                let verified = try await Self.json(["verify"], system, folder) as? [String: Any]
                #expect(verified?["holds"] as? Bool == true)
            }
        }
    }
}
