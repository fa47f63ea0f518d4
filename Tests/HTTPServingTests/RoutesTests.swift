import HTTPServing
import NIOCore
import NIOHTTP1
import Testing

@Suite struct RoutesTests {
    private struct Named: Endpoint {
        let name: String

        func bodyLimit(_ head: HTTPRequestHead) -> Int { 0 }
        func answer(_ request: Request, on eventLoop: any EventLoop) -> EventLoopFuture<Answer> {
            eventLoop.makeSucceededFuture(Answer(.ok, [("name", name)]))
        }
        func refuse(_ refusal: Refusal) -> Answer { .refusal(refusal) }
    }

    private static let routes: Routes = {
        var routes = Routes()
        routes.add(.GET, "/things", Named(name: "list"))
        var others = Routes()
        others.add(.POST, "/things", Named(name: "add"))
        others.add(.GET, "/things/{id}", Named(name: "show"))
        others.add(.DELETE, "/things/{id}", Named(name: "remove"))
        routes.add(others)
        return routes
    }()

    private static func match(_ method: HTTPMethod, _ uri: String) throws(Refusal) -> String {
        let match = try routes.match(HTTPRequestHead(version: .http1_1, method: method, uri: uri))
        return [(match.endpoint as? Named)?.name, match.parameter].compactMap(\.self).joined(separator: " ")
    }

    @Test(arguments: [
        ("/things", "list"), ("/things/", "list"), ("/things?x=1", "list"), ("/things/?x=/", "list"), ("/things/7", "show 7"),
        ("/things/7/", "show 7"), ("/things/7?a=b", "show 7"), ("/things/a%2Fb", "show a%2Fb"),
    ])
    func `a path is found with or without a slash and a query`(uri: String, expected: String) throws {
        #expect(try Self.match(.GET, uri) == expected)
    }

    @Test(arguments: ["/", "", "*", "//", "/thing", "/things/7/8", "/things//", "things", "/Things"])
    func `any other path is not found`(uri: String) {
        let refusal = #expect(throws: Refusal.self) { try Self.match(.GET, uri) }
        #expect(refusal?.status == .notFound)
    }

    @Test func `a method that a path does not take is told which ones it does`() {
        let refusal = #expect(throws: Refusal.self) { try Self.match(.PUT, "/things/7") }
        #expect(refusal?.status == .methodNotAllowed)
        #expect(refusal?.headers.map { "\($0.name): \($0.value)" } == ["Allow: DELETE, GET"])
    }
}
