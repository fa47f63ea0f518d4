import Testing

@testable import ConsoleAPI

@Suite("A script on its way to a browser")
struct SourceCommentsTests {
    private func blanked(_ text: String, of name: String = "main.js") -> String {
        String(decoding: SourceComments.blanked(Array(text.utf8), of: name), as: UTF8.self)
    }

    @Test func `has no comments, and its lines keep their numbers`() {
        let source = """
            /**
             * Says what it does.
             */
            export function double(value) {
              // Why.
              return value * 2; // Behind code it stays.
            }
            /* One line. */
            """
        #expect(blanked(source) == "\n\n\nexport function double(value) {\n\nreturn value * 2; // Behind code it stays.\n}\n")
        #expect(blanked("  /** @type {number} */ (value).x;") == " (value).x;")
        #expect(blanked("/* a\n b */ .x { }\n", of: "a.css") == "\n .x { }\n")
    }

    @Test func `is as it was when it is no script`() {
        #expect(blanked("  // text", of: "a.svg") == "  // text")
    }
}
