import FoundationEssentials
import Testing

@testable import ServiceRuntime

@Suite("Environment files")
struct EnvironmentFileTests {
    @Test func `Comments, quotes and export are understood, and bad lines are numbered`() {
        let file = EnvironmentFile(
            text: """
                # a comment
                A=1
                export B = "two words"
                C='x=y#z'
                D=
                nonsense
                1E=no
                A=2\r

                """
        )
        #expect(file.variables == ["A": "2", "B": "two words", "C": "x=y#z", "D": ""])
        #expect(file.badLines == [6, 7])
    }

    @Test func `The environment wins over the file, the file over secrets, secrets over the local servers`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/settings-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: "\(folder)/secrets", withIntermediateDirectories: true)
        try Data("ONE=file\nTWO=file\nSECRETS_DIRECTORY=\(folder)/secrets\n".utf8).write(to: URL(filePath: "\(folder)/.env"))
        for name in ["ONE", "TWO", "THREE", LocalServersFile.redisKey] {
            try Data("secret\n".utf8).write(to: URL(filePath: "\(folder)/secrets/\(name)"))
        }
        try FileManager.default.createDirectory(atPath: "\(folder)/.local", withIntermediateDirectories: true)
        let local = LocalServersFile(environment: [:], folder: folder)
        try local.write([
            LocalServersFile.databaseKey: "postgresql://127.0.0.1:5/x", LocalServersFile.redisKey: "redis://127.0.0.1:6/0",
        ])

        var settings = SettingsReader.ofProcess(environment: ["ONE": "environment"], folder: folder)
        let values = ["ONE", "TWO", "THREE", LocalServersFile.redisKey].map { settings.string($0, default: "none", "a") }
        #expect(values == ["environment", "file", "secret", "secret"])
        #expect(settings.string(LocalServersFile.databaseKey, default: "none", "a") == "postgresql://127.0.0.1:5/x")
        #expect(settings.fileNames == ["ONE", "TWO", "SECRETS_DIRECTORY"])
        try settings.finish()
        let production = SettingsReader.ofProcess(environment: ["APP_ENV": "production"], folder: folder)
        #expect(!production.isSet(LocalServersFile.databaseKey))
        try local.remove()
        #expect(local.variables().isEmpty)
    }
}
