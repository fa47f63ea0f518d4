/// Who wins among snapshots: **K** of the specification. Total, and free of arrival time.
package struct SnapshotKey: Comparable, Sendable {
    package let updatedAt: Instant
    /// Absent is 0, the epoch.
    package let triggeredAt: Instant
    package let cancelled: Bool
    package let financialRank: Int
    package let fulfillmentRank: Int
    package let bodyHash: Digest
    /// Last of all: one body may come under two topics.
    package let topic: ExactText

    package static func == (left: SnapshotKey, right: SnapshotKey) -> Bool {
        left.order == right.order && left.bodyHash == right.bodyHash && left.topic == right.topic
    }

    package static func < (left: SnapshotKey, right: SnapshotKey) -> Bool {
        if left.order != right.order { return left.order < right.order }
        return (left.bodyHash, left.topic) < (right.bodyHash, right.topic)
    }

    private var order: (Instant, Instant, Int, Int, Int) {
        (updatedAt, triggeredAt, cancelled ? 1 : 0, financialRank, fulfillmentRank)
    }
}
