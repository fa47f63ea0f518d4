import FoundationEssentials
import Testing

/// A file of the project that its users follow.
enum ProjectFile {
    private static let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

    static func path(_ name: String) -> String { "\(root)/\(name)" }

    static func text(_ name: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: path(name))), as: UTF8.self)
    }
}
