import FoundationEssentials
import LocalServers
import ServiceRuntime
import Subprocess
import TestSystem
import Testing

/// What README says about running it for real.
@Suite(.timeLimit(.minutes(2))) struct ProductionTests {
    private static let programs = ["ingest", "orchestrator", "console", "ordersctl"]

    /// The keys in the last cell of the program's row in README.
    private static func demanded(of program: String) throws -> [String] {
        let lines = try ProjectFile.text("README.md").split(separator: "\n")
        let row = try #require(lines.first { $0.hasPrefix("| `\(program)` | ") })
        let cell = try #require(row.split(separator: "|").last { $0.contains { $0 != " " } })
        let words = cell.split { !($0.isUppercase || $0 == "_") }.map(String.init)
        return words.filter { $0.count > 2 }
    }

    private static func values(_ system: TestSystem) -> [String: String] {
        [
            "DATABASE_URL": system.databaseURL, "REDIS_URL": system.redisURL, "SHOPIFY_WEBHOOK_SECRETS": TestSystem.secret,
            "COURIER_SERVICE_URL": "http://courier.example", "SHOPIFY_ADMIN_SERVICE_URL": "http://shop.example",
            "SHOPIFY_ADMIN_TOKEN": "a-token",
        ]
    }

    /// Starts the program with these settings and nothing but ports of its own besides.
    private static func launch(
        _ name: String,
        _ settings: [String: String],
        _ system: TestSystem,
        in folder: TestFolder
    ) async throws -> (program: LocalProgram, admin: TestClient) {
        let adminPort = try await LocalPort.free()
        var environment = settings.merging(["APP_ENV": "production", "ADMIN_PORT": "\(adminPort)"]) { $1 }
        environment["STREAM_PREFIX"] = system.environment["STREAM_PREFIX"]
        for key in ["PORT", "CONSOLE_PORT"] { environment[key] = "\(try await LocalPort.free())" }
        let program = folder.program(name, arguments: name == "ordersctl" ? ["migrate"] : [], environment: environment)
        try await program.spawn()
        return (program, TestClient(port: adminPort, timeout: .seconds(2)))
    }

    @Test(arguments: programs) func `a program needs what README says, and no more`(name: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let keys = try Self.demanded(of: name)
                #expect(keys.contains("DATABASE_URL"))
                var settings: [String: String] = [:]
                for key in keys {
                    let value = try #require(Self.values(system)[key], "\(key)")
                    settings[key] = value
                }
                for key in keys {
                    let without = try await Self.launch(name, settings.filter { $0.key != key }, system, in: folder).program
                    #expect(await without.ended() == .exited(ExitStatus.configuration), "without \(key): \(without.log)")
                    #expect(without.log.contains("\n  \(key): "), "\(without.log)")
                }
                let (program, admin) = try await Self.launch(name, settings, system, in: folder)
                if name == "ordersctl" {
                    #expect(await program.ended() == .exited(0), "\(program.log)")
                } else {
                    let isReady = await Result {
                        try await eventually("\(name) is ready") { (try? await admin.get("/readyz"))?.status == 200 }
                    }
                    await program.end()
                    #expect(throws: Never.self, "\(program.log)") { try isReady.get() }
                }
            }
        }
    }

    @Test func `a host is checked for the processes that it runs`() async throws {
        try await TestFolder.with { folder in
            let settings = [
                "APP_ENV": "production", "DATABASE_URL": "postgresql://db.example/orders", "REDIS_URL": "redis://redis.example",
            ]
            func check(_ name: String?) async throws -> (isSound: Bool, text: String) {
                let arguments = ["config", "check"] + (name.map { ["--for", $0] } ?? [])
                let program = folder.program("ordersctl", arguments: arguments, environment: settings)
                try await program.spawn()
                let status = await program.ended()
                #expect(status == .exited(0) || status == .exited(ExitStatus.configuration), "\(program.log)")
                return (status == .exited(0), program.log)
            }
            let console = try await check("console")
            #expect(console.isSound && console.text.contains("ADMIN_PORT") && console.text.contains("= 4101"), "\(console.text)")
            #expect(!console.text.contains("INGEST_WRITERS") && console.text.contains("BOOKING_COD"), "\(console.text)")
            let ingest = try await check("ingest")
            #expect(!ingest.isSound && ingest.text.contains("SHOPIFY_WEBHOOK_SECRETS: "), "\(ingest.text)")
            #expect(!ingest.text.contains("COURIER_SERVICE_URL"), "\(ingest.text)")
            let all = try await check(nil)
            #expect(all.text.contains("SHOPIFY_WEBHOOK_SECRETS: ") && all.text.contains("COURIER_SERVICE_URL: "), "\(all.text)")
        }
    }

    @Test func `the folder of “make dist” has the pages of the console and the libraries it needs`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let dist = "\(folder.path)/dist"
                var launch = LocalProgram.Launch(
                    name: "dist",
                    program: ProjectFile.path("deploy/dist"),
                    output: .file("\(folder.path)/dist.log")
                )
                launch.arguments = [ServiceProgram.buildFolder, dist, "console"]
                let gather = LocalProgram(launch, guardian: folder.guardian)
                try await gather.spawn()
                #expect(await gather.ended() == .exited(0), "\(gather.log)")
                #expect(FileManager.default.fileExists(atPath: "\(dist)/libswiftCore.so"))

                let (port, adminPort) = (try await LocalPort.free(), try await LocalPort.free())
                let log = "\(folder.path)/console.log"
                launch = LocalProgram.Launch(name: "console", program: "\(dist)/console", output: .file(log))
                launch.environment = system.environment.merging(["CONSOLE_PORT": "\(port)", "ADMIN_PORT": "\(adminPort)"]) { $1 }
                launch.stopSignal = .kill
                let console = LocalProgram(launch, guardian: folder.guardian)
                try await console.spawn()
                let page = await Result {
                    let client = TestClient(port: port, timeout: .seconds(2))
                    try await eventually("the console serves") { (try? await client.get("/health"))?.status == 200 }
                    return try await client.get("/index.html")
                }
                await console.end()
                #expect(try page.get().body.contains("<html"), "\(console.log)")
            }
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
