import ArgumentParser
import ConsoleAPI
import FoundationEssentials
import Postgres

/// Tokens for programs that call the console.
struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Lists, makes and revokes the API tokens of the console.",
        subcommands: [List.self, Add.self, Revoke.self],
        defaultSubcommand: List.self
    )

    /// Lists them.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the tokens; their secrets are not kept.")

        func run() async throws {
            let tokens = try await DatabaseAccess.with { try await $0.pool.withConnection { try TokenTable.all(on: $0) } }
            let rows = tokens.map { [$0.id.uuidString.lowercased(), $0.name, $0.role.rawValue, $0.createdBy] }
            Terminal.show(Terminal.table([["ID", "NAME", "ROLE", "MADE BY"]] + rows))
        }
    }

    /// Makes one.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a token and prints its secret, once.")

        @Argument(help: "What it is for.")
        var name: String

        @Option(help: "viewer, operator or admin.")
        var role: Role = .viewer

        @Option(help: "Days until it ends; without it, it does not.")
        var days: Int?

        func validate() throws {
            guard days.map((1...3_650).contains) ?? true else { throw ValidationError("--days takes a number from 1 to 3650.") }
            guard (1...64).contains(name.count) else { throw ValidationError("A name has 1 to 64 characters.") }
        }

        func run() async throws {
            let secret = ConsoleSecrets.secret()
            let id = UUID()
            let entry = OperatorAudit.Entry.byCommand(
                "token.add",
                target: "token:\(id.uuidString.lowercased())",
                after: #"{"role":"\#(role.rawValue)"}"#
            )
            try await DatabaseAccess.with { [name, role, days] database in
                try await database.pool.transaction { transaction in
                    _ = try TokenTable.add(
                        id: id,
                        secret: secret,
                        name: name,
                        role: role,
                        by: entry.actor,
                        days: days,
                        in: &transaction
                    )
                    try transaction.commit(audited: entry)
                }
            }
            Terminal.show(secret)
        }
    }

    /// Revokes one.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revokes a token at once.")

        @Argument(help: "The id of the token.")
        var id: String

        func run() async throws {
            guard let uuid = UUID(uuidString: id) else { throw CommandFailure("The id of a token is a UUID.") }
            let entry = OperatorAudit.Entry.byCommand("token.revoke", target: "token:\(uuid.uuidString.lowercased())")
            let isRevoked = try await DatabaseAccess.with { database in
                try await database.pool.transaction { transaction in
                    guard try TokenTable.revoke(uuid, in: &transaction) else { return false }
                    try transaction.commit(audited: entry)
                    return true
                }
            }
            guard isRevoked else { throw CommandFailure("There is no token \(id).") }
            Terminal.show("The token is revoked.")
        }
    }
}
