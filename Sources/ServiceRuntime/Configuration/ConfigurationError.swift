/// Everything that is wrong with the configuration, reported at once before a process opens its first socket.
///
/// Values of secret settings never appear in it.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One setting that cannot be used as it is.
    package struct Fault: Equatable, Sendable {
        /// The name of the environment variable.
        package var key: String
        /// The refused text; `nil` when nothing was given or the setting is secret.
        package var value: String?
        /// What would be accepted, or why the value is refused, as the end of a sentence.
        package var reason: String
    }

    /// The faults in the order in which the settings were read; never empty.
    package var faults: [Fault]

    package var description: String {
        let heading = faults.count == 1 ? "The configuration has a fault:" : "The configuration has \(faults.count) faults:"
        return ([heading] + faults.map { "  \($0)" }).joined(separator: "\n")
    }
}

extension ConfigurationError.Fault: CustomStringConvertible {
    package var description: String {
        guard let value else { return "\(key): \(reason)" }
        return "\(key)=\(value.debugDescription): \(reason)"
    }
}
