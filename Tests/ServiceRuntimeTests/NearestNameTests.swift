import Testing

@testable import ServiceRuntime

@Suite struct NearestNameTests {
    private static let keys = ["INGEST_WRITERS", "INGEST_MAX_BODY_BYTES", "PORT", "REDIS_URL", "REDIS_PORT"]

    @Test(arguments: [
        ("INGEST_WRITER", "INGEST_WRITERS"), ("INGEST_WIRTERS", "INGEST_WRITERS"),
        ("INGEST_MAX_BODY_BYTE", "INGEST_MAX_BODY_BYTES"),
        ("REDIS_URI", "REDIS_URL"), ("PROT", "PORT"),
    ])
    func `a typing error is led back to what was meant`(typed: String, meant: String) {
        #expect(NearestName.to(typed, among: Self.keys) == meant)
    }

    @Test(arguments: ["", "HOME", "INGEST", "PATH", "PORT", "SOMETHING_ELSE"])
    func `another word is not taken for one`(name: String) {
        #expect(NearestName.to(name, among: Self.keys) == nil)
    }
}

@Suite struct ServiceArgumentsTests {
    @Test func `a service runs without arguments, explains itself, and refuses the rest`() {
        #expect(ServiceArguments([]) == .run)
        #expect(ServiceArguments(["--help"]) == .help)
        #expect(ServiceArguments(["-h"]) == .help)
        #expect(ServiceArguments(["--version"]) == .version)
        #expect(ServiceArguments(["--port"]) == .unknown("--port"))
        #expect(ServiceArguments(["--help", "me"]) == .unknown("me"))
    }
}
