/// When a commit counts as done.
package enum Durability: Sendable {
    /// Once it is on disk, with all that was committed before it.
    case flushed
    /// Once others can see it. Until the next flushed commit of whatever connection, or the server's own flush a moment
    /// later, a crash of the server undoes it.
    case deferred
}
