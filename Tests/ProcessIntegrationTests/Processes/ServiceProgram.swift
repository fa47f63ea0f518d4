import FoundationEssentials
import LocalServers
import Queues
import ServiceRuntime
import TestSystem
import Testing

/// A process of the product under test: `ingest` or `orchestrator`, with its public and its admin port.
struct ServiceProgram: Sendable {
    let running: LocalProgram
    /// The public port; of use for ingest only.
    let client: TestClient
    let admin: TestClient

    /// The folder in which the build puts the programs, which is where this test itself comes from.
    static let buildFolder = (try? ProgramFolder.ofThisProcess()) ?? "."

    /// Returns once the process exists.
    static func launch(_ name: String, _ settings: [String: String], in folder: TestFolder, openFiles: Int? = nil) async throws
        -> Self
    {
        let (port, adminPort) = (try await LocalPort.free(), try await LocalPort.free())
        var environment = [
            "HOST": "127.0.0.1", "PORT": "\(port)", "ADMIN_PORT": "\(adminPort)",
            "SHOPIFY_WEBHOOK_SECRETS": TestSystem.secret, "APP_ENV": "test", "BOOKING": "off",
        ]
        environment.merge(TestSystem.patience) { $1 }
        environment.merge(settings) { $1 }
        let program = folder.program(name, environment: environment, openFiles: openFiles)
        try await program.spawn()
        return ServiceProgram(
            running: program,
            client: TestClient(port: port),
            admin: TestClient(port: adminPort, timeout: .seconds(10))
        )
    }

    /// What `/readyz` says; nil when nobody answers.
    func readiness() async -> TestClient.Answer? {
        try? await admin.get("/readyz")
    }

    func waitUntilReady() async throws {
        try await eventually("the process is ready") { await readiness()?.status == 200 }
    }
}

extension TestSystem {
    /// What every process of this system is told.
    var environment: [String: String] {
        ["DATABASE_URL": databaseURL, "REDIS_URL": redisURL, "STREAM_PREFIX": streams.prefix]
    }

    /// Runs a process of the product for as long as the body takes, then kills what is left of it.
    func withProcess<R>(
        _ name: String,
        _ settings: [String: String] = [:],
        in folder: TestFolder,
        openFiles: Int? = nil,
        _ body: (ServiceProgram) async throws -> R
    ) async throws -> R {
        try await withProcesses(name, [settings], in: folder, openFiles: openFiles) { try await body($0[0]) }
    }

    /// Runs processes of one program, one for each of the settings.
    func withProcesses<R>(
        _ name: String,
        _ settings: [[String: String]],
        in folder: TestFolder,
        openFiles: Int? = nil,
        _ body: ([ServiceProgram]) async throws -> R
    ) async throws -> R {
        var programs: [ServiceProgram] = []
        let outcome: Result<R, any Error>
        do {
            for own in settings {
                let own = own.merging(environment) { given, _ in given }
                programs.append(try await ServiceProgram.launch(name, own, in: folder, openFiles: openFiles))
            }
            for program in programs { try await program.waitUntilReady() }
            outcome = .success(try await body(programs))
        } catch {
            let ends = programs.map { $0.running.log.split(separator: "\n").suffix(12).joined(separator: "\n") }
            outcome = .failure(
                NeverHappened(description: "\(error)\nThe end of the log of \(name):\n\(ends.joined(separator: "\n\n"))")
            )
        }
        for program in programs {
            await program.running.end()
            Attachment.record(program.running.log, named: "\(name).log")
        }
        return try outcome.get()
    }
}
