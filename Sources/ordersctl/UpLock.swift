import FoundationEssentials
import Glibc
import SystemPackage

/// One `ordersctl up` for one folder.
enum UpLock {
    /// Takes the folder for this process until it ends; throws when another `ordersctl` has it.
    static func take(_ folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "\(folder)/up.lock"
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
                "The servers in \(folder) are already running under another “ordersctl up” (process \(holder.filter(\.isNumber))). Stop that "
                    + "one with Ctrl-C first, or choose another folder with ORDERS_LOCAL_DIR."
            )
        }
        try Data("\(getpid())\n".utf8).write(to: URL(filePath: file))
    }
}
