import ArgumentParser
import ConsoleAPI
import FoundationEssentials
import Glibc
import Orders
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

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let users = try await DatabaseAccess.with { try await $0.pool.withConnection { try UserTable.all(on: $0) } }
            if json { return Terminal.showJSONArray(users) { $1.write(to: &$0) } }
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

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            guard UserTable.isName(name) else {
                throw CommandFailure("A name has letters, digits and . _ @ -, and begins with a letter or a digit.")
            }
            let password = try UserPassword.read()
            let hash = try await password.hash()
            let user = try await DatabaseAccess.with { [name, role] database in
                try await database.pool.transaction { transaction in
                    guard let user = try UserTable.add(name, role: role, passwordHash: hash, in: &transaction) else {
                        return nil as UserTable.User?
                    }
                    let after = #"{"role":"\#(role.rawValue)"}"#
                    try transaction.commit(audited: .byCommand("user.add", target: "user:\(name)", after: after))
                    return user
                }
            }
            guard let user else { throw CommandFailure("There is a user \(name) already.") }
            if json { return UserChange.show(user, password.madeUp) }
            Terminal.show("\(name) may sign in as \(role.rawValue)\(password.madeUp.map { " with the password \($0)" } ?? "").")
        }
    }

    /// Gives one another password.
    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a user another password, from standard input or made up; their sessions end."
        )

        @Argument(help: "The name of the user.")
        var name: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let password = try UserPassword.read()
            let user = try await UserChange.make(name, "user.password", passwordHash: try await password.hash())
            if json { return UserChange.show(user, password.madeUp) }
            Terminal.show("\(name) has another password\(password.madeUp.map { ": \($0)" } ?? "").")
        }
    }

    /// Keeps one from signing in.
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keeps a user from signing in and ends their sessions.")

        @Argument(help: "The name of the user.")
        var name: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let user = try await UserChange.make(name, "user.disable", isDisabled: true)
            if json { return UserChange.show(user) }
            Terminal.show("\(name) cannot sign in any more.")
        }
    }

    /// Lets one sign in again.
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets a disabled user sign in again.")

        @Argument(help: "The name of the user.")
        var name: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let user = try await UserChange.make(name, "user.enable", isDisabled: false)
            if json { return UserChange.show(user) }
            Terminal.show("\(name) may sign in again.")
        }
    }
}

/// A password from whoever runs a command, or made up.
struct UserPassword {
    private static let lengths = 10...256
    private static let madeUpLength = 20

    private let text: String
    private let isGiven: Bool

    /// What must be shown, because nobody knows it yet.
    var madeUp: String? { isGiven ? nil : text }

    /// A line of standard input, or when it is a terminal or empty a password that is made up.
    static func read() throws -> UserPassword {
        guard isatty(STDIN_FILENO) == 0, let line = readLine(strippingNewline: true), !line.isEmpty else {
            return UserPassword(text: String(ConsoleSecrets.secret().prefix(madeUpLength)), isGiven: false)
        }
        guard lengths.contains(line.count) else {
            throw CommandFailure("A password has \(lengths.lowerBound) to \(lengths.upperBound) characters.")
        }
        return UserPassword(text: line, isGiven: true)
    }

    func hash() async throws -> String {
        try await PasswordHasher(randomBytes: ConsoleSecrets.randomBytes).hash(text)
    }
}

/// A change of one user that is there.
enum UserChange {
    /// Makes it, and writes down who did.
    static func make(
        _ name: String,
        _ action: String,
        isDisabled: Bool? = nil,
        passwordHash: String? = nil
    ) async throws -> UserTable.User {
        let user = try await DatabaseAccess.with { database in
            try await database.pool.transaction { transaction in
                let user = try UserTable.change(name, disabled: isDisabled, passwordHash: passwordHash, in: &transaction)
                if user != nil { try transaction.commit(audited: .byCommand(action, target: "user:\(name)")) }
                return user
            }
        }
        guard let user else { throw CommandFailure("There is no user \(name).") }
        return user
    }

    /// The user as JSON, with a password that was made up.
    static func show(_ user: UserTable.User, _ password: String? = nil) {
        Terminal.showJSON { writer in
            writer.beginObject()
            writer.key("user")
            user.write(to: &writer)
            writer.member("password", password)
            writer.endObject()
        }
    }
}
