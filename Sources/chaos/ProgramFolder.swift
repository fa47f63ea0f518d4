import FoundationEssentials

/// Where the programs of this build are.
enum ProgramFolder {
    /// The folder of the running program.
    static func ofThisProcess() throws -> String {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
    }
}
