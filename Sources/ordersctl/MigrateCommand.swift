import ArgumentParser
import EventStore
import Postgres

/// Brings the schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database schema up to date; safe to run at any time and by several at once."
    )

    func run() async throws {
        try await DatabaseAccess.with(migrates: true) { try await Self.migrate(on: $0) }
    }

    /// Brings the schema up to date and says what was done.
    static func migrate(on database: DatabaseAccess) async throws {
        let names = try await database.pool.withConnection { try Migrator.migrate($0) }
        for name in names { Terminal.note("Migrated: \(name)") }
        if names.isEmpty { Terminal.note("The schema is up to date.") }
    }
}
