/// Who wins among bodies of one id: the latest, then the greater canonical content.
package struct ContentKey: Comparable, Sendable {
    package let at: Instant
    /// SHA-256 of the canonical JSON of the element.
    package let content: Digest

    package static func < (left: ContentKey, right: ContentKey) -> Bool {
        (left.at, left.content) < (right.at, right.content)
    }
}
