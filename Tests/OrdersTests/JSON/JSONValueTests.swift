import Testing

@testable import Orders

@Suite("JSON value")
struct JSONValueTests {
    @Test
    func `knows its kind and gives nothing of another kind`() throws {
        let root = try document(#"{"n":null,"t":true,"f":false,"i":12,"s":"x","a":[1],"o":{"k":1}}"#).root
        let kinds: [(String, JSONValue.Kind)] = [
            ("n", .null), ("t", .bool), ("f", .bool), ("i", .number), ("s", .string), ("a", .array), ("o", .object),
        ]
        for (key, kind) in kinds { #expect(root[key]?.kind == kind) }
        #expect(root["t"]?.bool == true)
        #expect(root["f"]?.bool == false)
        #expect(root["i"]?.bool == nil)
        #expect(root["i"]?.string == nil)
        #expect(root["i"]?.text == "12")
        #expect(root["s"]?.int64 == nil)
        #expect(root["n"]?.isNull == true)
        #expect(root["none"]?.isNull == nil)
        #expect(root["a"]?["k"] == nil)
        #expect(root["o"]?.elements.map(\.kind) == [])
        #expect(root["a"]?.members.map(\.key) == [])
    }

    @Test(arguments: [
        ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("9223372036854775808", nil), ("1.0", nil),
        ("1e3", nil), ("-0", 0), ("6120034517001", 6_120_034_517_001),
    ])
    func `integers are those that fit and are written as such`(text: String, expected: Int64?) throws {
        let value = try document(text).root
        #expect(value.int64 == expected)
        #expect(value.text == text)
    }

    @Test(arguments: [
        (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"), (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00""#, "😀"),
        (#""é\u0041😀""#, "éA😀"), (#""a\u0000b""#, "a\u{FFFD}b"), (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"),
        (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
    ])
    func `strings lose their escapes`(text: String, expected: String) throws {
        #expect(try document(text).root.string?.unicodeScalars.elementsEqual(expected.unicodeScalars) == true)
    }

    @Test
    func `of equal keys the last counts, however they are escaped`() throws {
        let root = try document(#"{"id":1,"x":{"id":9},"\u0069d":2,"ide":3,"i":4}"#).root
        #expect(root["id"]?.int64 == 2)
        #expect(root.members.map(\.key) == ["id", "x", "id", "ide", "i"])
        #expect(root["x"]?["id"]?.int64 == 9)
    }

    @Test
    func `keys are compared by bytes`() throws {
        let root = try document("{\"e\u{301}\":1,\"\u{E9}\":2}").root
        #expect(root["e\u{301}"]?.int64 == 1)
        #expect(root["\u{E9}"]?.int64 == 2)
        #expect(root[""] == nil)
    }

    @Test
    func `sequences step over nested values`() throws {
        let root = try document(#"[[1,[2]],{"a":[]},3,[],{}]"#).root
        #expect(root.elements.map { String(decoding: $0.rawBytes, as: UTF8.self) } == ["[1,[2]]", #"{"a":[]}"#, "3", "[]", "{}"])
        #expect(String(decoding: try document(#" "a\n" "#).root.rawBytes, as: UTF8.self) == #""a\n""#)
    }

    @Test
    func `fields give a member by name and type`() throws {
        let root = try document(#"{"a":{"id":"7"},"n":null,"m":"1.5","t":true,"l":[1,2],"at":1768726800000}"#).root
        #expect(root.value(at: ["a", "id"])?.text == "7")
        #expect(root.value(at: ["n", "id"]) == nil)
        #expect(root["a"]?.integer("id") == 7)
        #expect(root.money("m") == Money("1.50"))
        #expect(root.flag("t") == true)
        #expect(root.elements("l").count == 2)
        #expect(root.elements("n").isEmpty)
        #expect(root.instant("at")?.iso8601 == "2026-01-18T09:00:00Z")
        #expect(root.text("n") == nil)
    }

    @Test
    func `the canonical form is sorted, dense and without repeated keys`() throws {
        let root = try document(#" { "b" : 1.0, "a" : [ "\u0041\/\u0001", null ], "b" : { "y":2, "x":1 } } "#).root
        #expect(String(decoding: root.canonicalJSON, as: UTF8.self) == #"{"a":["A/\u0001",null],"b":{"x":1,"y":2}}"#)
    }

    @Test(arguments: FixtureNames.bodies)
    func `the canonical form of a real body is its own canonical form`(name: String) throws {
        let canonical = try JSONDocument(parsing: Fixture.bytes(name)).root.canonicalJSON
        #expect(try JSONDocument(parsing: canonical).root.canonicalJSON == canonical)
    }
}
