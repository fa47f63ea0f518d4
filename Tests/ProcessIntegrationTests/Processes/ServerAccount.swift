import FoundationEssentials
import Glibc

/// The account that PostgreSQL runs as when the test is root, because it refuses to run as root.
struct ServerAccount: Sendable {
    let name: String

    /// `postgres` for root; nil for anybody else.
    static func needed() -> ServerAccount? {
        geteuid() == 0 ? ServerAccount(name: "postgres") : nil
    }

    /// The command line that runs a program as the account.
    ///
    /// A program changes the account, not the fork in the test: a fork of a process with many threads must not call
    /// `setgroups`, which waits for a lock that a thread may have held and never gives back.
    func command(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        ("setpriv", ["--reuid=\(name)", "--regid=\(name)", "--clear-groups", "--", program] + arguments)
    }

    /// Hands the file or folder to the account.
    func own(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.ownerAccountName: name, .groupOwnerAccountName: name],
            ofItemAtPath: path
        )
    }
}
