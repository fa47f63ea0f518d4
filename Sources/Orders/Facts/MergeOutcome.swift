/// What merging one fact came to, with a reason that a person understands.
///
/// The reasons never quote personal fields.
package enum MergeOutcome: Equatable, Sendable {
    /// It changed something.
    case processed(String)
    /// Everything in it was known, or superseded by a newer fact.
    case discarded(String)
    /// Nobody has mapped its topic or status; kept for a later fold.
    case unmapped(String)
}
