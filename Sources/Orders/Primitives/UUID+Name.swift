internal import Crypto
package import FoundationEssentials

extension UUID {
    /// The name-based UUID (RFC 9562, version 5) of a name within a namespace.
    package init(namespace: UUID, name: String) {
        var hash = Insecure.SHA1()
        hash.update(data: namespace.byteArray)
        hash.update(data: Array(name.utf8))
        self.init(leading: Array(hash.finalize()), version: 5)
    }

    /// The first 16 bytes of a SHA-256 value as a custom UUID (RFC 9562, version 8).
    package init(_ digest: Digest) {
        self.init(leading: digest.bytes, version: 8)
    }

    /// The 16 bytes in network order.
    package var byteArray: [UInt8] {
        let b = uuid
        return [b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8, b.9, b.10, b.11, b.12, b.13, b.14, b.15]
    }

    private init(leading b: [UInt8], version: UInt8) {
        let versioned = b[6] & 0x0F | version << 4
        let variant = b[8] & 0x3F | 0x80
        self.init(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], versioned, b[7], variant, b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            )
        )
    }
}
