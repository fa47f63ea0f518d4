import FoundationEssentials
import Glibc
import Subprocess

/// The account that PostgreSQL and Redis run as when we are root, because PostgreSQL refuses to run as root.
struct ServerAccount: Sendable {
    let name: String
    let userID: UInt32
    let groupID: UInt32

    /// The account `postgres` when this process is root; otherwise `nil`, and servers run as ourselves.
    static func needed() throws -> ServerAccount? {
        guard geteuid() == 0 else { return nil }
        let users = FileManager.default.contents(atPath: "/etc/passwd").map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in users.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 3, fields[0] == "postgres", let user = UInt32(fields[2]), let group = UInt32(fields[3]) else {
                continue
            }
            return ServerAccount(name: "postgres", userID: user, groupID: group)
        }
        throw CommandFailure(
            "PostgreSQL refuses to run as root, and this machine has no account “postgres” to run it as. Install the package "
                + "postgresql, or run this command as another user."
        )
    }

    /// Makes a child run as this account and as nothing else.
    func apply(to options: inout PlatformOptions) {
        options.userID = userID
        options.groupID = groupID
        options.supplementaryGroups = [groupID]
    }

    /// Whether the account may enter the folder, which depends on every folder above it.
    func canEnter(_ folder: String) async throws -> Bool {
        try await Tool.run("/bin/sh", ["-c", "cd -- \"$1\"", "sh", folder], account: self, workingDirectory: "/").isSuccess
    }
}
