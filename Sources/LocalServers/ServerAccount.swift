import FoundationEssentials
import Glibc

/// The account that PostgreSQL and Redis run as when we are root, because PostgreSQL refuses to run as root.
package struct ServerAccount: Sendable {
    let name: String

    /// The account `postgres` when this process is root; otherwise `nil`, and servers run as ourselves.
    package static func needed() throws -> ServerAccount? {
        guard geteuid() == 0 else { return nil }
        let users = FileManager.default.contents(atPath: "/etc/passwd").map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard users.split(whereSeparator: \.isNewline).contains(where: { $0.hasPrefix("postgres:") }) else {
            throw LocalServerFault(
                "PostgreSQL refuses to run as root, and this machine has no account “postgres” to run it as. Install the package "
                    + "postgresql, or run this command as another user."
            )
        }
        return ServerAccount(name: "postgres")
    }

    /// The command line that runs a program as the account and as nothing else.
    ///
    /// A program changes the account, not the fork in this process: a fork of a process with many threads must not call
    /// `setgroups`, which waits for a lock that a thread may have held and never gives back.
    func command(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        ("setpriv", ["--reuid=\(name)", "--regid=\(name)", "--clear-groups", "--", program] + arguments)
    }

    /// Hands the file or folder to the account.
    func own(_ path: String) throws {
        try FileManager.default.setAttributes([.ownerAccountName: name, .groupOwnerAccountName: name], ofItemAtPath: path)
    }

    /// Whether the account may enter the folder, which depends on every folder above it.
    func canEnter(_ folder: String) async throws -> Bool {
        try await Tool.run("/bin/sh", ["-c", "cd -- \"$1\"", "sh", folder], account: self).isSuccess
    }
}
