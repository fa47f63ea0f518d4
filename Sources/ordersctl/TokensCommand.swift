import ArgumentParser
import ConsoleAPI
import FoundationEssentials
import Orders
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

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let tokens = try await DatabaseAccess.with { try await $0.pool.withConnection { try TokenTable.all(on: $0) } }
            if json { return Terminal.showJSONArray(tokens) { $1.write(to: &$0) } }
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

        @Option(help: "Days until it ends; without it, it does not.", transform: Bounded.number(1...3_650))
        var days: Int?

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
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
            let token = try await DatabaseAccess.with { [name, role, days] database in
                try await database.pool.transaction { transaction in
                    let token = try TokenTable.add(
                        id: id,
                        secret: secret,
                        name: name,
                        role: role,
                        by: entry.actor,
                        days: days,
                        in: &transaction
                    )
                    try transaction.commit(audited: entry)
                    return token
                }
            }
            guard json else { return Terminal.show(secret) }
            Terminal.showJSON { writer in
                writer.beginObject()
                writer.key("token")
                token.write(to: &writer)
                writer.member("secret", secret)
                writer.endObject()
            }
        }
    }

    /// Revokes one.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revokes a token at once.")

        @Argument(help: "The id of the token.", transform: UUID.fromArgument)
        var id: UUID

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let text = id.uuidString.lowercased()
            let entry = OperatorAudit.Entry.byCommand("token.revoke", target: "token:\(text)")
            let isRevoked = try await DatabaseAccess.with { [id] database in
                try await database.pool.transaction { transaction in
                    guard try TokenTable.revoke(id, in: &transaction) else { return false }
                    try transaction.commit(audited: entry)
                    return true
                }
            }
            guard isRevoked else { throw CommandFailure("There is no token \(text).") }
            guard json else { return Terminal.show("The token is revoked.") }
            Terminal.showJSON { writer in
                writer.beginObject()
                writer.member("revoked", text)
                writer.endObject()
            }
        }
    }
}
