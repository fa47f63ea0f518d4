import FoundationEssentials
import Glibc
import SystemPackage

/// The folder that holds the data and logs of the private servers.
struct ServerFolder: Sendable {
    /// The absolute path.
    let path: String
    /// The account that owns the data, where it is not our own.
    let account: ServerAccount?

    var postgresData: String { "\(path)/postgres" }
    var redisData: String { "\(path)/redis" }
    var sockets: String { "\(path)/run" }
    var postgresLog: String { "\(path)/postgres.log" }
    var redisLog: String { "\(path)/redis.log" }

    /// A socket's path has a limit of 107 bytes in the kernel; beyond it the servers have no socket.
    var hasSockets: Bool { sockets.utf8.count <= 85 }

    /// Makes the folder and those below it; when the account cannot enter it, one below `/var/lib/orders-orchestrator` instead.
    static func prepare(at wanted: String, account: ServerAccount?) async throws -> ServerFolder {
        try FileManager.default.createDirectory(atPath: wanted, withIntermediateDirectories: true)
        var path = wanted
        if let account {
            try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: wanted)
            if try await !account.canEnter(wanted) {
                path = "/var/lib/orders-orchestrator/" + wanted.split(separator: "/").joined(separator: "-")
                try FileManager.default.createDirectory(
                    atPath: path,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o755]
                )
                Terminal.note(
                    "The account \(account.name) cannot enter \(wanted); the data of the private servers is in \(path)."
                )
            }
        }
        let folder = ServerFolder(path: path, account: account)
        for part in [folder.postgresData, folder.redisData, folder.sockets] { try folder.makeOwned(part) }
        return folder
    }

    /// Takes the folder for this process until it ends; throws when another `ordersctl` has it.
    static func lock(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let file = "\(path)/up.lock"
        // Open until the process ends: the kernel gives the lock back even after SIGKILL.
        let descriptor = try FileDescriptor.open(
            FilePath(file),
            .readWrite,
            options: [.create, .closeOnExec],
            permissions: [.ownerReadWrite]
        )
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let holder = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
            throw CommandFailure(
                "The servers in \(path) are already running under another “ordersctl up” (process \(holder.filter(\.isNumber))). Stop that "
                    + "one with Ctrl-C first, or choose another folder with ORDERS_LOCAL_DIR."
            )
        }
        try Data("\(getpid())\n".utf8).write(to: URL(filePath: file))
    }

    private func makeOwned(_ folder: String) throws {
        if !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        if let account {
            let owner: [FileAttributeKey: Any] = [
                .ownerAccountID: UInt(account.userID), .groupOwnerAccountID: UInt(account.groupID),
            ]
            try FileManager.default.setAttributes(owner, ofItemAtPath: folder)
        }
    }
}
