/// How much JSON one document may hold.
package struct JSONLimits: Hashable, Sendable {
    /// The length of the text.
    package var maxBytes: Int
    /// Containers within each other.
    package var maxDepth: Int
    /// Values and keys together.
    package var maxNodes: Int

    /// For bodies from outside: 5 MiB, depth 128, a million nodes.
    package static let webhook = JSONLimits(maxBytes: 5 << 20, maxDepth: 128, maxNodes: 1_000_000)

    /// Values above what a tape can address are held at 256 MiB and as many nodes.
    package init(maxBytes: Int, maxDepth: Int, maxNodes: Int) {
        self.maxBytes = min(maxBytes, 1 << 28)
        self.maxDepth = maxDepth
        self.maxNodes = min(maxNodes, 1 << 28)
    }
}
