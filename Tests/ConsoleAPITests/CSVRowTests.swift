import Testing

@testable import ConsoleAPI

@Suite("A line of a CSV file")
struct CSVRowTests {
    private func line(_ text: String) -> String { String(decoding: CSVRow.bytes([.text(text)]), as: UTF8.self) }

    @Test func `quotes what RFC 4180 says`() {
        #expect(line("plain") == "plain\r\n")
        #expect(line("a,b") == "\"a,b\"\r\n")
        #expect(line("say \"yes\"") == "\"say \"\"yes\"\"\"\r\n")
        #expect(line("two\nlines") == "\"two\nlines\"\r\n")
        #expect(CSVRow.bytes([.text("a"), .empty, .number("-1.5")]) == Array("a,,-1.5\r\n".utf8))
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1", "＝1", "=\"a\""])
    func `never lets a cell begin a formula`(text: String) {
        #expect(line(text).hasPrefix("\"'"))
    }
}
