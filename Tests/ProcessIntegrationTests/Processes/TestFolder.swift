import FoundationEssentials

/// A folder of one test for logs and data; it vanishes with the test.
struct TestFolder: Sendable {
    let path: String

    static func with<R>(_ body: (TestFolder) async throws -> R) async throws -> R {
        let path = FileManager.default.temporaryDirectory.path + "/orders-process-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // What is left when this fails is a folder in the system's temporary folder, which the system empties.
        defer { try? FileManager.default.removeItem(atPath: path) }
        // The account that servers run as must be able to enter.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return try await body(TestFolder(path: path))
    }

    /// A path in the folder that nothing has yet.
    func newPath(_ name: String) -> String {
        var (path, number) = ("\(path)/\(name)", 1)
        while FileManager.default.fileExists(atPath: path) { (path, number) = ("\(self.path)/\(number)-\(name)", number + 1) }
        return path
    }
}
