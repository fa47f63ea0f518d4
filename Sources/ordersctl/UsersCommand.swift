import ArgumentParser
import ConsoleAPI
import FoundationEssentials
import Glibc
import Postgres

extension Role: ExpressibleByArgument {}

/// Who may sign in at the console.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Lists, adds and disables the users of the console.",
        subcommands: [List.self, Add.self, Password.self, Disable.self, Enable.self],
        defaultSubcommand: List.self
    )

    /// Lists them.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the users.")

        func run() async throws {
            let users = try await DatabaseAccess.with { try await $0.pool.withConnection { try UserTable.all(on: $0) } }
            let rows = users.map { [$0.name, $0.role.rawValue, $0.isDisabled ? "disabled" : "active"] }
            Terminal.show(Terminal.table([["NAME", "ROLE", "STATE"]] + rows))
        }
    }

    /// Adds one.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a user.",
            discussion: "The password is read from standard input, or made up and printed when there is none."
        )

        @Argument(help: "The name to sign in with.")
        var name: String

        @Option(help: "viewer, operator or admin.")
        var role: Role = .viewer

        func run() async throws {
            guard UserTable.isName(name) else {
                throw CommandFailure("A name has letters, digits and . _ @ -, and begins with a letter or a digit.")
            }
            let (password, isGiven) = try UserPassword.read()
            let hash = try await UserPassword.hash(password)
            let isAdded = try await DatabaseAccess.with { [name, role] database in
                try await database.pool.transaction { transaction in
                    guard try UserTable.add(name, role: role, passwordHash: hash, in: &transaction) != nil else { return false }
                    let after = #"{"role":"\#(role.rawValue)"}"#
                    try transaction.commit(audited: .byCommand("user.add", target: "user:\(name)", after: after))
                    return true
                }
            }
            guard isAdded else { throw CommandFailure("There is a user \(name) already.") }
            Terminal.show("\(name) may sign in as \(role.rawValue)\(isGiven ? "" : " with the password \(password)").")
        }
    }

    /// Gives one another password.
    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a user another password, from standard input or made up; their sessions end."
        )

        @Argument(help: "The name of the user.")
        var name: String

        func run() async throws {
            let (password, isGiven) = try UserPassword.read()
            try await UserPassword.change(name, action: "user.password", passwordHash: try await UserPassword.hash(password))
            Terminal.show("\(name) has another password\(isGiven ? "" : ": \(password)").")
        }
    }

    /// Keeps one from signing in.
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keeps a user from signing in and ends their sessions.")

        @Argument(help: "The name of the user.")
        var name: String

        func run() async throws {
            try await UserPassword.change(name, action: "user.disable", disabled: true)
            Terminal.show("\(name) cannot sign in any more.")
        }
    }

    /// Lets one sign in again.
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets a disabled user sign in again.")

        @Argument(help: "The name of the user.")
        var name: String

        func run() async throws {
            try await UserPassword.change(name, action: "user.enable", disabled: false)
            Terminal.show("\(name) may sign in again.")
        }
    }
}

/// What the commands on users share.
enum UserPassword {
    private static let lengths = 10...256
    private static let madeUpLength = 20

    /// A line of standard input, or when it is a terminal or empty a password that is made up.
    static func read() throws -> (password: String, isGiven: Bool) {
        guard isatty(STDIN_FILENO) == 0, let line = readLine(strippingNewline: true), !line.isEmpty else {
            return (String(ConsoleSecrets.secret().prefix(madeUpLength)), false)
        }
        guard lengths.contains(line.count) else {
            throw CommandFailure("A password has \(lengths.lowerBound) to \(lengths.upperBound) characters.")
        }
        return (line, true)
    }

    static func hash(_ password: String) async throws -> String {
        try await PasswordHasher(randomBytes: ConsoleSecrets.randomBytes).hash(password)
    }

    static func change(_ name: String, action: String, disabled: Bool? = nil, passwordHash: String? = nil) async throws {
        let isThere = try await DatabaseAccess.with { database in
            try await database.pool.transaction { transaction in
                guard
                    try UserTable.change(name, disabled: disabled, passwordHash: passwordHash, in: &transaction) != nil
                else { return false }
                try transaction.commit(audited: .byCommand(action, target: "user:\(name)"))
                return true
            }
        }
        if !isThere { throw CommandFailure("There is no user \(name).") }
    }
}
