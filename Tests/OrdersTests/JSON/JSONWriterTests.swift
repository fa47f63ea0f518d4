import Testing

@testable import Orders

@Suite("JSON writer")
struct JSONWriterTests {
    @Test
    func `puts commas where they belong`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.int(-1)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.text("1.50")
        writer.endArray()
        writer.key("b")
        writer.bool(true)
        writer.key("c")
        writer.raw(Array("[1]".utf8))
        writer.endObject()
        #expect(text(writer) == #"{"a":[-1,null,{},1.50],"b":true,"c":[1]}"#)
    }

    @Test
    func `escapes only what must be`() throws {
        let string = "\"\\/\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F}\u{7F}é😀"
        var writer = JSONWriter()
        writer.string(string)
        #expect(text(writer) == #""\"\\/\u0000\u0001\b\t\n\u000b\f\r\u001f"# + "\u{7F}é😀\"")
        #expect(try JSONDocument(parsing: writer.bytes).root.string == string.replacing("\u{0}", with: "\u{FFFD}"))
    }

    @Test
    func `leaves out what is nil`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", String?.none)
        writer.member("b", "x")
        writer.member("c", Int64?.none)
        writer.member("d", 4)
        writer.member("e", false)
        writer.member("f", Money("1"))
        writer.member("g", Instant.epoch)
        writer.object("h") { $0.member("i", 1) }
        writer.array("j", [1, 2]) { $0.int($1) }
        writer.endObject()
        #expect(
            text(writer)
                == #"{"b":"x","d":4,"e":false,"f":"1.00","g":"1970-01-01T00:00:00Z","h":{"i":1},"j":[1,2]}"#
        )
    }

    private func text(_ writer: JSONWriter) -> String {
        String(decoding: writer.bytes, as: UTF8.self)
    }
}
