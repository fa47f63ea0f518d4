import Testing

@testable import Redis

@Suite struct EntryIDTests {
    @Test func `an identifier survives text`() throws {
        let id = try #require(EntryID("1700000000000-18446744073709551615"))
        #expect(id == EntryID(milliseconds: 1_700_000_000_000, sequence: .max))
        #expect("\(id)" == "1700000000000-18446744073709551615")
        #expect(EntryID("5") == EntryID(milliseconds: 5, sequence: 0))
    }

    @Test(arguments: ["", "-", "1-", "-1", "a-1", "1-2-3"])
    func `other text is no identifier`(text: String) {
        #expect(EntryID(text) == nil)
    }

    @Test func `identifiers are ordered as numbers, not as text`() throws {
        #expect(try #require(EntryID("9-10")) < #require(EntryID("10-9")))
        #expect(try #require(EntryID("9-9")) < #require(EntryID("9-10")))
    }
}
