import ConsoleAPI
import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite("Filters that say nothing", .timeLimit(.minutes(2)))
struct EmptyFilterTests {
    @Test(arguments: ["error", "shop", "cause", "q", "ids"])
    func `an empty text or list in a filter of dead letters is refused, and changes nothing`(member: String) async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...2).map(OperationsTests.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(OperationsTests.giveUp)
                let filter = "{\"\(member)\":\(member == "ids" ? "[]" : "\"\"")}"
                for action in ["requeue", "discard"] {
                    for more in [#""dryRun":true"#, #""expectedCount":2"#] {
                        let answer = try await admin.send(
                            .POST,
                            "/api/dead-letters/\(action)",
                            json: "{\"filter\":\(filter),\(more)}"
                        )
                        #expect(answer.status == 400 && answer.text.contains(member), "\(answer.text)")
                    }
                }
                #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 2)
            }
        }
    }

    @Test func `an empty text or list in a filter of orders is refused, and a text without a word means none of them`()
        async throws
    {
        try await TestSystem.with { system in
            try await system.withOrders((1...2).map(OperationsTests.order)) { console, _ in
                let admin = try await console.signedIn()
                func hold(_ filter: String) async throws -> ConsoleClient.Answer {
                    try await admin.send(.POST, "/api/bulk", json: "{\"action\":\"hold\",\"filter\":{\(filter)},\"dryRun\":true}")
                }
                for filter in [#""q":"""#, #""shop":[]"#, #""shop":[""]"#, #""ids":[]"#, #""payment":[]"#] {
                    #expect(try await hold(filter).status == 400, "\(filter)")
                }
                #expect(try await hold(##""q":"#""##).json.integer("matched") == 0)
                #expect(try await hold("").json.integer("matched") == 2)
            }
        }
    }
}
