import Testing

@testable import ConsoleAPI

@Suite("A search for orders")
struct OrderSearchTests {
    @Test func `takes the words in lower case, each once`() {
        #expect(OrderSearch.words("  Grace  GRACE Perlman, #1001 ") == ["grace", "perlman", "1001"])
        #expect(OrderSearch.words("O'Brien (Zoë)") == ["o", "brien", "zoë"])
        #expect(OrderSearch.words("ana@shop.example +20-100") == ["ana@shop.example", "+20-100"])
    }

    @Test(arguments: ["", "   ", "#", "'"])
    func `has nothing to look for without a word`(text: String) {
        #expect(OrderSearch(text) == nil)
    }

    @Test func `looks for the beginning of the first number`() throws {
        let search = try #require(OrderSearch("Grace 1001"))
        #expect(search.number?.first == "1001")
        #expect(search.indexQuery == "'1001'")
        #expect(search.prefixQuery == "'grace':*")
        #expect(try #require(OrderSearch("#1001")).prefixQuery == nil)
        #expect(OrderSearch("grace")?.number == nil)
    }

    @Test func `is an intersection of whole words of the index, whatever the words begin with`() throws {
        let words = OrderSearch.words("Zoë zoë.perl7@shop.example TRK900 Wolfeschlegelstein 1001")
        let indexed = OrderSearch.indexed(words)
        for beginning in ["z", "zo", "zoë", "zoë.", "zoë.perl", "t", "trk", "wolfeschlege"] {
            #expect(indexed.contains(beginning))
        }
        for whole in ["zoë.perl7@shop.example", "trk900", "wolfeschlegelstein", "1001"] { #expect(indexed.contains(whole)) }
        for other in ["zoë.perl7", "trk9", "wolfeschlegel", "1", "100", ""] { #expect(!indexed.contains(other)) }
        #expect(try #require(OrderSearch("zo perl")).indexQuery == "'zo' & 'perl'")
        #expect(try #require(OrderSearch("wolfeschlegels")).indexQuery == "'wolfeschlegels':*")
    }

    @Test func `quotes what means something to PostgreSQL`() {
        #expect(OrderSearch("a.b-c")?.prefixQuery == "'a.b-c':*")
        #expect(OrderSearch("x\\y")?.prefixQuery == "'x':* & 'y':*")
    }
}
