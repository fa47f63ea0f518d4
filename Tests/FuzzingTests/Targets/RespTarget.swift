import NIOCore

@testable import Redis

extension FuzzTarget {
    /// Replies of Redis: however the bytes are cut, the same values, then the same fault; none larger than allowed.
    static let resp = FuzzTarget(
        name: "resp",
        dictionary: [
            "*1048577\r\n", "$-1\r\n", "*-1\r\n", ":-9223372036854775808\r\n", "$4294967296\r\n", "+OK\r\n", "-ERR x\r\n",
            "*2\r\n", "1700000000000-0",
        ]
    ) { bytes in
        let whole = Replies([ByteBuffer(bytes: bytes)])
        let cut = bytes.isEmpty ? 0 : Int(bytes[bytes.count / 2]) * bytes.count / 256
        let halves = Replies([ByteBuffer(bytes: bytes[..<cut]), ByteBuffer(bytes: bytes[cut...])])
        try hold(whole.values == halves.values, "cut at \(cut): other values")
        try hold(whole.hasFailed == halves.hasFailed, "cut at \(cut): another fault")
        for value in whole.values {
            _ = try? value.requireEntries()
            _ = try? value.requireEntryIDs()
            _ = try? value.requireInteger()
            if let id = value.string.flatMap({ EntryID($0) }) {
                try hold(EntryID(id.description) == id, "an entry's id is not read as it was written")
            }
        }
        return "\(whole.values.count) \(whole.hasFailed)"
    }

    private struct Replies {
        private static let maxReplyBytes = 1 << 20
        private(set) var values: [RedisValue] = []
        private(set) var hasFailed = false

        init(_ chunks: [ByteBuffer]) {
            var reader = ReplyReader(maxReplyBytes: Self.maxReplyBytes)
            do {
                for chunk in chunks {
                    try reader.feed(chunk)
                    while let value = try reader.next() { values.append(value) }
                }
            } catch {
                hasFailed = true
            }
        }
    }
}
