/// What a private stack consists of.
package struct StackOptions: Sendable {
    /// The folder with our programs.
    package var programs: String
    /// Orchestrators.
    package var replicas = 2
    /// Whether couriers are booked and shops told, at a sandbox in this process.
    package var booking = false
    /// Further settings of every service.
    package var settings: [String: String] = [:]
    /// Where data and logs go and stay; nil is a temporary folder that vanishes.
    package var folder: String?
    /// Chooses what the sandbox does.
    package var seed: UInt64 = 1

    package init(programs: String) {
        self.programs = programs
    }
}
