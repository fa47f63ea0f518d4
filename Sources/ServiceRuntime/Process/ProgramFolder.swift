import FoundationEssentials

/// Where the programs of this build are.
package enum ProgramFolder {
    /// The folder of the running program.
    package static func ofThisProcess() throws -> String {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
    }
}
