import FoundationEssentials
import Orders
import Testing

@testable import ChaosKit

@Suite("A scenario file")
struct ScenarioFileTests {
    @Test func `says what happened in readable lines`() throws {
        let file = try ScenarioFile(
            text: """
                # A comment
                title Paid, then cancelled

                order A
                +0s orders/create financial=pending total=12.50
                +1.5s orders/paid financial=paid triggered=+2s event=paid
                +3s refunds/create {"id":1,"order_id":$order,"created_at":"$time"}
                order B
                +3s courier/native {"tracking_number":"T1","status":"shipped","courier":"courier","timestamp":"$time"}
                """
        )
        #expect(file.title == "Paid, then cancelled")
        #expect(file.drafts.count == 4)
        guard case .webhook(let paid) = file.drafts[1], case .webhook(let refund) = file.drafts[2] else {
            Issue.record("not webhooks")
            return
        }
        #expect(paid.eventID == "paid")
        #expect(paid.triggeredAt?.description.contains("17:00:02") == true)
        #expect(String(decoding: refund.body, as: UTF8.self).contains(#""order_id":8000000000000"#))
        #expect(try file.drafts.flatMap { try $0.events(at: .epoch) }.count == 4)
    }

    @Test(arguments: [
        ("+0s orders/create", 1, "order"), ("order A\n5s orders/create", 2, "begins"), ("order A\n+1s", 2, "topic"),
        ("order A\n+1s orders/paid colour=red", 2, "colour"), ("order A\n+1s orders/paid total=x", 2, "total"),
        ("order A\n+1s courier/pigeon {}", 2, "callback"), ("order A\n+1s orders/paid total=1 total=2", 2, "twice"),
    ])
    func `with a mistake names its line`(text: String, line: Int, word: String) {
        let fault = #expect(throws: ScenarioFile.Fault.self) { try ScenarioFile(text: text) }
        #expect(fault?.line == line)
        #expect(fault?.reason.contains(word) == true)
    }

    @Test func `of this project can be proved`() throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let scenarios = "/\(root)/chaos/scenarios"
        let names = try FileManager.default.contentsOfDirectory(atPath: scenarios).filter { $0.hasSuffix(".scenario") }
        #expect(names.count >= 4)
        for name in names {
            let set = try EventSet(path: "\(scenarios)/\(name)")
            #expect(try set.objection() == nil, "\(name)")
            #expect(!set.name.contains("/"), "\(name) has no title")
        }
    }
}
