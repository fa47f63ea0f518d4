import Orders

/// What the live feed says, as JSON text.
enum FeedFrames {
    /// Bytes of one frame of many orders.
    static let maxBatchBytes = 64 << 10
    private static let batchOverhead = 64

    static func note(_ event: String, seq: Int64) -> [UInt8] {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.member("event", event)
        writer.member("seq", seq)
        writer.endObject()
        return writer.bytes
    }

    static func synced(_ entry: FeedEntry) -> [UInt8] {
        var writer = JSONWriter(capacity: entry.brief.count + 64)
        writer.beginObject()
        writer.member("event", "ORDER_SYNCED")
        writer.member("seq", entry.seq)
        writer.key("payload")
        writer.raw(entry.brief)
        writer.endObject()
        return writer.bytes
    }

    /// One frame with as many of the entries as fit; `last` is the place behind all of them.
    static func batch(_ entries: [FeedEntry], through last: Int64) -> (bytes: [UInt8], seq: Int64) {
        var size = batchOverhead
        var count = 0
        while count < entries.count, count == 0 || size + entries[count].order.count + 1 <= maxBatchBytes {
            size += entries[count].order.count + 1
            count += 1
        }
        // Of coalesced entries an earlier seq may stand behind: the place is only passed with the last of them.
        let seq = count == entries.count ? last : entries[count].seq - 1
        var writer = JSONWriter(capacity: size)
        writer.beginObject()
        writer.member("event", "BATCH")
        writer.member("seq", seq)
        writer.array("payload", entries.prefix(count)) { $0.raw($1.order) }
        writer.endObject()
        return (writer.bytes, seq)
    }
}
