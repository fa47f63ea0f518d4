import ConsoleAPI
import NIOHTTP1
import Orders
import Postgres
import TestSystem
import Testing

@Suite("Exports", .timeLimit(.minutes(2)))
struct ExportTests {
    @Test func `exports what the filter shows as CSV and as a spreadsheet`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...7).map(OperationsTests.order)) { console, _ in
                let admin = try await console.signedIn()
                let csv = try await admin.send(
                    .GET,
                    "/api/export/orders?columns=name&columns=customerName&columns=totalPrice&sort=ref&q=900000"
                )
                #expect(csv.headers.first(name: "content-type") == "text/csv; charset=utf-8")
                #expect(csv.headers.first(name: "content-disposition") == #"attachment; filename="orders.csv""#)
                let lines = csv.text.split(separator: "\r\n")
                #expect(lines.count == 8 && lines[1] == #"N1,"'=SUM(A1) Perlman",10.00"#, "\(lines)")
                #expect(csv.body.starts(with: [0xEF, 0xBB, 0xBF]))
                let sheet = try await admin.send(.GET, "/api/export/orders?format=xlsx")
                #expect(sheet.body.starts(with: Array("PK".utf8)) && sheet.body.count > 1_000)
                #expect(try await admin.send(.GET, "/api/export/orders?columns=secret").status == 400)
                #expect(try await admin.send(.GET, "/api/export/audit").text.contains("export"))
            }
        }
    }

    @Test func `of many exports that are asked for at once four begin, and the next may when they have ended`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                // Nobody can write down that there is an export, and so none begins to send.
                let holder = try await system.patientConnection()
                try await holder.execute(script: "BEGIN; LOCK TABLE operator_audit IN EXCLUSIVE MODE")
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 1...10 {
                        group.addTask { try await admin.send(.GET, "/api/export/orders").status }
                    }
                    for _ in 1...6 { #expect(try await group.next() == 429) }
                    try await holder.execute(script: "COMMIT")
                    for _ in 1...4 { #expect(try await group.next() == 200) }
                }
                await holder.close()
                for _ in 1...5 { #expect(try await admin.send(.GET, "/api/export/orders").status == 200) }
            }
        }
    }
}
