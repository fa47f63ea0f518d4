/// The statuses that our programs end with beside 0; sysexits.h has the same numbers. docs/runbook.md lists them.
package enum ExitStatus {
    /// Something is not as it must be, or a fault: the output says what.
    package static let failure: Int32 = 1
    /// The command line cannot be understood.
    package static let usage: Int32 = 64
    /// A server cannot be reached or is not ready; the same command may succeed later.
    package static let unavailable: Int32 = 75
    /// The configuration is at fault; all faults are named.
    package static let configuration: Int32 = 78
}

/// The version of all programs.
package enum ProductVersion {
    package static let text = "0.1.0"
}
