import FoundationEssentials

/// The folder that holds the data and logs of private servers.
package struct ServerFolder: Sendable {
    /// The absolute path.
    package let path: String
    /// The account that owns the data, where it is not our own.
    let account: ServerAccount?

    var postgresData: String { "\(path)/postgres" }
    var redisData: String { "\(path)/redis" }
    var sockets: String { "\(path)/run" }

    /// A socket's path has a limit of 107 bytes in the kernel; beyond it PostgreSQL has no socket.
    var hasSockets: Bool { sockets.utf8.count <= 85 }

    /// Makes the folder and those below it; when the servers' account cannot enter it, one below
    /// `/var/lib/orders-orchestrator` instead.
    ///
    /// - Parameter isEmptied: whether what servers stored there before is deleted; none of them may run.
    package static func prepare(at wanted: String, isEmptied: Bool = false) async throws -> ServerFolder {
        let account = try ServerAccount.needed()
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
            }
        }
        let folder = ServerFolder(path: path, account: account)
        if isEmptied {
            for data in [folder.postgresData, folder.redisData] where FileManager.default.fileExists(atPath: data) {
                try FileManager.default.removeItem(atPath: data)
            }
        }
        for part in [folder.postgresData, folder.redisData, folder.sockets] { try folder.makeOwned(part) }
        return folder
    }

    private func makeOwned(_ folder: String) throws {
        if !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        try account?.own(folder)
    }
}
