import FoundationEssentials
import Glibc

/// The account that PostgreSQL runs as when we are root, because it refuses to run as root.
struct StackAccount: Sendable {
    let name: String

    /// `postgres` for root; nil for anybody else.
    static func needed() -> StackAccount? {
        geteuid() == 0 ? StackAccount(name: "postgres") : nil
    }

    /// The command line that runs a program as the account; a program changes it, so no fork of ours waits for a lock.
    func command(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        ("setpriv", ["--reuid=\(name)", "--regid=\(name)", "--clear-groups", "--", program] + arguments)
    }

    /// Hands the file or folder to the account.
    func own(_ path: String) throws {
        try FileManager.default.setAttributes([.ownerAccountName: name, .groupOwnerAccountName: name], ofItemAtPath: path)
    }
}
