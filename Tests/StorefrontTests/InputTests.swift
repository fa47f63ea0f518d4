import HTTPServing
import NIOHTTP1
import Orders
import Testing

@testable import Storefront

@Suite struct InputTests {
    private static let limit = Money(tenThousandths: 1_000 * 10_000)

    private static func faults(_ body: String) -> [String] {
        do throws(Refusal) {
            var input = try InputReader(Array(body.utf8))
            _ = input.text("name", maxLength: 5)
            _ = input.money("price", upTo: limit)
            _ = input.integer("stock", in: 0...10)
            try input.finish()
            return []
        } catch {
            #expect(error.status == .unprocessableEntity)
            return error.fields.map(\.field)
        }
    }

    @Test(arguments: [
        (#"{"name":"Lamp","price":19.99,"stock":3}"#, []), (#"{"name":" Lamp ","price":"19.9999","stock":0}"#, []),
        ("{}", ["name", "price", "stock"]), ("[]", ["body"]), ("{", ["body"]), ("", ["body"]),
        (#"{"name":"","price":1,"stock":1}"#, ["name"]), (#"{"name":"  ","price":1,"stock":1}"#, ["name"]),
        (#"{"name":"Lamps!","price":1,"stock":1}"#, ["name"]), (#"{"name":7,"price":1,"stock":1}"#, ["name"]),
        (#"{"name":"a\u0007","price":1,"stock":1}"#, ["name"]), (#"{"name":"a","price":-1,"stock":1}"#, ["price"]),
        (#"{"name":"a","price":1e2,"stock":1}"#, ["price"]), (#"{"name":"a","price":1.23456,"stock":1}"#, ["price"]),
        (#"{"name":"a","price":1000.0001,"stock":1}"#, ["price"]), (#"{"name":"a","price":true,"stock":1}"#, ["price"]),
        (#"{"name":"a","price":1,"stock":-1}"#, ["stock"]), (#"{"name":"a","price":1,"stock":1.5}"#, ["stock"]),
        (#"{"name":"a","price":1,"stock":"1"}"#, ["stock"]), (#"{"name":"a","price":1,"stock":11}"#, ["stock"]),
        (#"{"name":"a","price":1,"stock":99999999999999999999}"#, ["stock"]),
        (#"{"name":null,"price":null,"stock":0}"#, ["name", "price"]),
    ])
    func `every field at fault is named`(body: String, expected: [String]) {
        #expect(Self.faults(body) == expected)
    }

    private static func page(_ uri: String) throws -> PageRequest {
        try PageRequest(HTTPRequestHead(version: .http1_1, method: .GET, uri: uri), maxPage: 100)
    }

    @Test func `a list without a cursor and a limit is plain`() throws {
        #expect(try Self.page("/x").isPlain)
        #expect(try Self.page("/x?color=red").limit == 100)
        #expect(try Self.page("/x?limit=7").limit == 7)
        #expect(try Self.page("/x?cursor=9&limit=7").cursor == 9)
        #expect(try Self.page("/x?cursor=9").limit == PageRequest.defaultLimit)
    }

    @Test(arguments: [
        "limit=0", "limit=101", "limit=", "limit", "limit=x", "cursor=x", "cursor=-1", "cursor=99999999999999999999",
    ])
    func `a page that cannot be is refused`(query: String) {
        #expect(throws: Refusal.self) { try Self.page("/x?\(query)") }
    }

    @Test(arguments: [
        ("Bearer secret", true), ("bearer  secret", true), ("Bearer Secret", false), ("Bearer secre", false),
        ("Bearer secretx", false),
        ("Bearer", false), ("Basic secret", false), ("secret", false), ("", false), (nil, false),
    ])
    func `a token is borne in one way`(header: String?, isBorne: Bool) {
        #expect(AdminToken("secret").isBorne(by: header) == isBorne)
    }
}
