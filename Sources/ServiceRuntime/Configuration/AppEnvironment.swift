/// Where a process runs; decides which shortcuts it may take.
package enum AppEnvironment: String, CaseIterable, Sendable {
    /// A developer's machine: the private local servers and other conveniences are allowed.
    case development
    /// A test run: the same conveniences, no terminal.
    case test
    /// Real orders: every convenience that weakens safety is refused.
    case production
}
