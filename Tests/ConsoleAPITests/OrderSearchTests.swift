import Testing

@testable import ConsoleAPI

@Suite("A search for orders")
struct OrderSearchTests {
    @Test("takes the words in lower case, each once")
    func words() {
        #expect(OrderSearch.words("  Grace  GRACE Perlman, #1001 ") == ["grace", "perlman", "1001"])
        #expect(OrderSearch.words("O'Brien (Zoë)") == ["o", "brien", "zoë"])
        #expect(OrderSearch.words("ana@shop.example +20-100") == ["ana@shop.example", "+20-100"])
    }

    @Test("has nothing to look for without a word", arguments: ["", "   ", "#", "'"])
    func empty(text: String) {
        #expect(OrderSearch(text) == nil)
    }

    @Test("looks for the beginning of the first number")
    func numbers() throws {
        let search = try #require(OrderSearch("Grace 1001"))
        #expect(search.number?.first == "1001")
        #expect(search.exactQuery == "'1001'")
        #expect(search.prefixQuery == "'grace':* & '1001':*")
        #expect(OrderSearch("grace")?.number == nil)
    }

    @Test("quotes what means something to PostgreSQL")
    func quoting() {
        #expect(OrderSearch("a.b-c")?.prefixQuery == "'a.b-c':*")
        #expect(OrderSearch("x\\y")?.prefixQuery == "'x':* & 'y':*")
    }
}
