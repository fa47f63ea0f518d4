import Testing

@testable import ConsoleAPI

@Suite("A cell of a spreadsheet")
struct SpreadsheetTests {
    private func cell(_ text: String) -> String { String(decoding: Spreadsheet.escaped(text), as: UTF8.self) }

    @Test func `cannot end its element, begin another or name an entity`() {
        #expect(cell("</t><f>1+1</f>&xxe;]]>\"'") == "&lt;/t&gt;&lt;f&gt;1+1&lt;/f&gt;&amp;xxe;]]&gt;\"'")
    }

    @Test func `has no character that XML cannot hold`() {
        let all = String(String.UnicodeScalarView((0...0x20).map { Unicode.Scalar(UInt8($0)) }))
        #expect(cell(all) == "\t\n\r ")
        #expect(cell("a\u{FFFE}\u{FFFF}\u{10FFFF}") == "a\u{10FFFF}")
    }

    @Test func `is no longer than a cell may be, in the units that spreadsheets count`() {
        #expect(cell(String(repeating: "x", count: 40_000)).utf16.count == 32_767)
        #expect(cell(String(repeating: "\u{1F600}", count: 20_000)).utf16.count == 32_766)
    }
}
