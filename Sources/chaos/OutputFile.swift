import ArgumentParser
import FoundationEssentials

/// A file for what a command has found in the end: that it can be written is known before the work begins.
struct OutputFile: ExpressibleByArgument, Sendable {
    /// Why the file is not there.
    private struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    let path: String

    init(argument: String) {
        path = argument
    }

    /// Throws when the file cannot be written as things are.
    func validate() throws {
        var isFolder = false
        let files = FileManager.default
        let parent = URL(filePath: path).deletingLastPathComponent().path
        if files.fileExists(atPath: path, isDirectory: &isFolder) {
            guard !isFolder else { throw ValidationError("\(path) cannot be written: it is a folder.") }
            guard files.isWritableFile(atPath: path) else { throw ValidationError("\(path) cannot be written: it is protected.") }
        } else if !files.fileExists(atPath: parent, isDirectory: &isFolder) || !isFolder {
            throw ValidationError("\(path) cannot be written: there is no folder \(parent).")
        } else if !files.isWritableFile(atPath: parent) {
            throw ValidationError("\(path) cannot be written: the folder \(parent) is protected.")
        }
    }

    func write(_ bytes: some Sequence<UInt8>) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path))
        } catch {
            throw Fault(description: "\(path) cannot be written: \(error)")
        }
    }
}
