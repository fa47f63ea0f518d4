import FoundationEssentials

/// Where `ordersctl up` leaves the addresses of the private servers it started, for every other process of the project.
///
/// The file is `.local/servers.env` in the working folder (`ORDERS_LOCAL_DIR` names another folder than `.local`). The
/// addresses are not called `DATABASE_URL` and `REDIS_URL`, so that they can never win over a server that somebody
/// configured. The file may also hold secrets for local play. Production does not read it.
package struct LocalServersFile: Sendable {
    /// The name under which the address of the local PostgreSQL is kept.
    package static let databaseKey = "LOCAL_DATABASE_URL"
    /// The name under which the address of the local Redis is kept.
    package static let redisKey = "LOCAL_REDIS_URL"

    /// The absolute path of the folder of the local servers.
    package let folder: String

    /// The absolute path of the file.
    package var path: String { "\(folder)/servers.env" }

    /// Finds the folder from the variables of a process and its working folder.
    package init(environment: [String: String], folder: String) {
        let name = environment["ORDERS_LOCAL_DIR"].flatMap { $0.isEmpty ? nil : $0 } ?? ".local"
        self.folder = name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }

    /// The variables by name; empty when no local server runs.
    package func variables() -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        return EnvironmentFile(text: String(decoding: data, as: UTF8.self)).variables
    }

    /// Writes the variables, readable by the owner only.
    package func write(_ variables: [String: String]) throws {
        let lines = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        let text = "# Written by ordersctl while its private servers run, removed when they stop.\n" + lines.joined()
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// Removes the file; a missing one is no error.
    package func remove() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}
