import Testing

@testable import ServiceRuntime

@Suite("Settings")
struct SettingsReaderTests {
    private enum Backoff: String, CaseIterable {
        case fixed
        case exponential
    }

    @Test func `An earlier layer wins and an empty value counts as not set`() {
        var settings = SettingsReader(layers: [["A": "1", "B": " "], ["A": "2", "B": "3"], ["C": "4"]])
        #expect(settings.int("A", default: 0, in: 0...9, "a") == 1)
        #expect(settings.int("C", default: 0, in: 0...9, "c") == 4)
        #expect(settings.int("D", default: 7, in: 0...9, "d") == 7)
        #expect(!SettingsReader(layers: [["B": " "]]).isSet("B"))
    }

    @Test func `Every kind of value is read`() throws {
        var settings = SettingsReader(layers: [
            [
                "WAIT_MS": "250", "BACKOFF": "fixed", "ON": "yes", "NAME": "x y", "LIST": "a, b,,c", "SECRETS": "old,new",
                "SECRETS_SHOP_ONE": "s1", "URL": "https://u:p@host/x",
            ]
        ])
        #expect(settings.duration(milliseconds: "WAIT_MS", default: 1, in: 0...1_000, "w") == .milliseconds(250))
        #expect(settings.choice("BACKOFF", default: Backoff.exponential, "b") == .fixed)
        #expect(settings.bool("ON", default: false, "o") == true)
        #expect(settings.string("NAME", default: "z", "n") == "x y")
        #expect(settings.list("LIST", "l") == ["a", "b", "c"])
        #expect(settings.secrets("SECRETS", "s") == ["old", "new"])
        #expect(settings.secrets(family: "SECRETS_", placeholder: "<SHOP>", "s") == ["SHOP_ONE": ["s1"]])
        #expect(settings.url("URL", schemes: ["https"], "u") == "https://u:p@host/x")
        try settings.finish()
    }

    @Test func `All faults are reported at once`() throws {
        var settings = SettingsReader(layers: [
            ["APP_ENV": "live", "BODY": "12", "PORT": "http", "BACKOFF": "none", "ON": "maybe", "URL": "mysql://u:hunter2@h/d"]
        ])
        #expect(settings.int("BODY", default: 5, in: 1_024...2_048, unit: "bytes", "b") == 5)
        #expect(settings.int("PORT", default: 4_000, in: 1...65_535, "p") == 4_000)
        #expect(settings.choice("BACKOFF", default: Backoff.exponential, "b") == .exponential)
        #expect(settings.bool("ON", default: false, "o") == false)
        #expect(settings.url("URL", schemes: ["postgresql"], "u") == nil)
        let error = try #require(throws: ConfigurationError.self) { try settings.finish() }
        #expect(error.faults.map(\.key) == ["APP_ENV", "BODY", "PORT", "BACKOFF", "ON", "URL"])
        #expect(
            error.description.contains(#"BODY="12": must be a whole number of bytes from 1024 to 2048"#),
            "\(error)"
        )
        #expect(!error.description.contains("hunter2"))
    }

    @Test func `A fault of a key that several libraries read is told once`() throws {
        var settings = SettingsReader(layers: [["ON": "maybe"]])
        for _ in 0..<2 { _ = settings.bool("ON", default: false, "o") }
        for _ in 0..<2 { settings.refuse("OFF", because: "is refused") }
        let error = try #require(throws: ConfigurationError.self) { try settings.finish() }
        #expect(error.faults.map(\.key) == ["ON", "OFF"])
        #expect(error.description.contains(#"ON="maybe": must be true, yes, on, 1, or false, no, off, 0"#), "\(error)")
    }

    @Test func `Secrets are hidden in what is shown`() {
        var settings = SettingsReader(layers: [
            ["TOKEN": "hunter2", "KEYS": "hunter2,x", "URL": "redis://:hunter2@cache:6379/0?p=hunter2"]
        ])
        _ = settings.secret("TOKEN", "t")
        _ = settings.secrets("KEYS", "k")
        _ = settings.url("URL", schemes: ["redis"], "u")
        #expect(!"\(settings.settings)".contains("hunter2"))
        #expect(settings.settings.last?.shownValue == "redis://(hidden)@cache:6379/0")
        #expect(settings.settings.map(\.isSet) == [false, true, true, true])
    }

    @Test(arguments: ["redis://:a/b@host:1/0", "postgresql://u:a?b@host/d", "postgresql://u:a#b@host/d", "nonsense"])
    func `A password with unescaped delimiters is hidden as a whole`(url: String) {
        let shown = URLText.withoutCredentials(url)
        #expect(!shown.contains("a") && !shown.contains("b"), "\(shown)")
    }

    @Test func `A setting is described once with its range and default`() throws {
        var settings = SettingsReader(layers: [[:]])
        for _ in 0..<2 { _ = settings.int("BODY", default: 5_000, in: 1_024...9_999, unit: "bytes", "Largest | body.") }
        let body = try #require(settings.settings.last)
        #expect(settings.settings.count == 2)
        #expect(body.defaultText == "5000" && !body.isSet && body.shownValue == "5000")
        let page = ConfigurationReference(sections: [.init(title: "Ingest", settings: [body])]).markdown
        #expect(page.contains(#"| `BODY` | integer: a whole number of bytes from 1024 to 9999 | `5000` | Largest \| body. |"#))
    }
}
