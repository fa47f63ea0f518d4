import LocalServers
import Subprocess
import TestSystem
import Testing

/// Docker does not run here: the services of `compose.yaml` are started with exactly what it gives them, on ports of this machine.
@Suite(.timeLimit(.minutes(2))) struct ComposeTests {
    /// What the first lines of the file tell users to set.
    private static let given = ["SHOPIFY_WEBHOOK_SECRETS": TestSystem.secret, "COURIER_NATIVE_SECRET": "of-couriers"]
    private static let outside = [
        "COURIER_SERVICE_URL": "http://courier.example", "SHOPIFY_ADMIN_SERVICE_URL": "http://shop.example",
        "SHOPIFY_ADMIN_TOKEN": "a-token",
    ]

    /// A service of the file as a program of this machine.
    private struct Program {
        var service: ComposeFile.Service
        /// The ports of its own, by those the file gives them.
        var ports: [String: Int] = [:]

        init(_ name: String, in file: ComposeFile) async throws {
            service = try #require(file.services[name])
            for key in ["PORT", "ADMIN_PORT", "CONSOLE_PORT"] {
                if let port = service.environment[key] { ports[port] = try await LocalPort.free() }
            }
            if let option = service.command.firstIndex(of: "--port") {
                ports[service.command[option + 1]] = try await LocalPort.free()
            }
        }

        /// Its addresses are those of this test, and nothing else is changed.
        ///
        /// - Parameter network: `name:port` of the file, and where that is here.
        func launched(_ network: [String: String], _ system: TestSystem, in folder: TestFolder) throws -> LocalProgram {
            func local(_ text: String) -> String {
                if let port = ports[text] { return "\(port)" }
                return network.reduce(text) { $0.replacing($1.key, with: $1.value) }
            }
            var environment = service.environment.mapValues(local)
            for (key, value) in system.environment where environment[key] != nil || key == "STREAM_PREFIX" {
                environment[key] = value
            }
            // The URL of this test wins over the parts.
            if environment["DB_PASSWORD"] != nil { environment["DATABASE_URL"] = system.databaseURL }
            return folder.program(
                service.command[0],
                arguments: service.command.dropFirst().map(local),
                environment: environment
            )
        }
    }

    private static func file(_ more: [String: String] = [:]) throws -> ComposeFile {
        try ComposeFile(try ProjectFile.text("compose.yaml"), variables: given.merging(more) { $1 })
    }

    private static func end(_ programs: [LocalProgram], after body: () async throws -> Void) async throws {
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        for program in programs {
            await program.end()
            Attachment.record(program.log, named: "\(program.name).log")
        }
        try outcome.get()
    }

    @Test func `every variable is a setting that is documented`() throws {
        let documented = try ProjectFile.text("docs/configuration.md")
        let services = try Self.file(Self.outside).services
        #expect(Set(services.keys) == ["migrate", "sandbox", "ingest", "orchestrator", "console"])
        for (name, service) in services {
            for key in service.environment.keys { #expect(documented.contains("| `\(key)` |"), "\(name): \(key)") }
        }
        let trusted = services.filter { $0.value.environment["SHOPIFY_WEBHOOK_SECRETS"] != nil }
        #expect(Array(trusted.keys) == ["ingest"])
        #expect(throws: (any Error).self) { try ComposeFile(try ProjectFile.text("compose.yaml"), variables: [:]) }
    }

    @Test func `an order is booked in the sandbox, and the courier calls back`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let file = try Self.file()
                var network: [String: String] = [:]
                var programs: [String: Program] = [:]
                for name in ["sandbox", "ingest", "orchestrator", "console"] {
                    let program = try await Program(name, in: file)
                    for (port, local) in program.ports { network["\(name):\(port)"] = "127.0.0.1:\(local)" }
                    programs[name] = program
                }
                let migrate = try await Program("migrate", in: file).launched(network, system, in: folder)
                try await migrate.spawn()
                #expect(await migrate.ended() == .exited(0), "\(migrate.log)")

                let started = try programs.mapValues { try $0.launched(network, system, in: folder) }
                try await Self.end(Array(started.values)) {
                    for program in started.values { try await program.spawn() }
                    for (name, program) in programs {
                        let (path, port) = name == "sandbox" ? ("/livez", "4600") : ("/readyz", "4001")
                        let probe = TestClient(port: try #require(program.ports[port]), timeout: .seconds(2))
                        try await eventually("\(name) is ready", within: .seconds(40)) {
                            (try? await probe.get(path))?.status == 200
                        }
                    }
                    let ingest = TestClient(port: try #require(programs["ingest"]?.ports["4000"]))
                    #expect(try await ingest.send(TestOrder()).status == 200)
                    try await eventually("the courier has called back", within: .seconds(40)) {
                        try await system.count("SELECT count(*) FROM event_store WHERE source = 'courier'") > 0
                    }
                    #expect(try await system.count("SELECT count(*) FROM bookings") == 1)
                    let console = TestClient(port: try #require(programs["console"]?.ports["4100"]))
                    #expect(try await console.get("/health").status == 200)
                }
            }
        }
    }

    @Test(arguments: [false, true]) func `production names whom to call, and can be told`(isTold: Bool) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let file = try Self.file((isTold ? Self.outside : [:]).merging(["APP_ENV": "production"]) { $1 })
                let program = try await Program("orchestrator", in: file)
                let orchestrator = try program.launched([:], system, in: folder)
                try await Self.end([orchestrator]) {
                    try await orchestrator.spawn()
                    guard isTold else {
                        #expect(await orchestrator.ended() == .exited(78))
                        for key in Self.outside.keys { #expect(orchestrator.log.contains(key), "\(orchestrator.log)") }
                        return
                    }
                    let admin = TestClient(port: try #require(program.ports["4001"]), timeout: .seconds(2))
                    try await eventually("it is ready", within: .seconds(40)) { (try? await admin.get("/readyz"))?.status == 200 }
                }
            }
        }
    }
}
