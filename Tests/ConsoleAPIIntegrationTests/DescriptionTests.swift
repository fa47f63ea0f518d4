import ConsoleAPI
import NIOHTTP1
import Orders
import Queues
import TestSystem
import Testing

@Suite("The description of the console's API", .timeLimit(.minutes(5)))
struct DescriptionTests {
    @Test func `names every route there is and no other, with the role it needs and its parameters`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let described = try Self.described(try await console.anonymous.get("/openapi.json"))
                #expect(Set(console.routes.map(\.name)) == Set(described.keys))
                for route in console.routes {
                    #expect(described[route.name]?.role == route.role, "\(route.name)")
                    #expect(described[route.name]?.parameters == route.parameters, "\(route.name)")
                }
            }
        }
    }

    @Test func `knows every queue, and the methods of a path are those of no other`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let description = try await console.anonymous.get("/openapi.json")
                let queues = description.value(at: ["components", "schemas", "QueueName"])?.elements("enum").compactMap(\.string)
                #expect(queues == Queue.allCases.map(\.rawValue))
                let admin = try await console.signedIn()
                let requeue = try await admin.send(.OPTIONS, "/api/dead-letters/requeue")
                #expect(requeue.status == 405 && requeue.headers.first(name: "allow") == "POST")
                #expect(try await admin.send(.PATCH, "/api/orders/facets").status == 405)
            }
        }
    }

    private struct Operation {
        var role: String
        var parameters: Set<String>
    }

    private static func described(_ description: JSONValue) throws -> [String: Operation] {
        var described: [String: Operation] = [:]
        for (path, methods) in try #require(description["paths"]).members {
            for (method, operation) in methods.members {
                let names = operation.elements("parameters").compactMap { parameter -> String? in
                    let name = parameter.text("$ref")?.split(separator: "/").last.map(String.init)
                    let resolved = name.flatMap { description.value(at: ["components", "parameters", $0]) } ?? parameter
                    return resolved.text("in") == "query" ? resolved.text("name") : nil
                }
                described["\(method.uppercased()) \(path)"] = Operation(
                    role: operation.text("x-role") ?? "",
                    parameters: Set(names)
                )
            }
        }
        return described
    }
}
