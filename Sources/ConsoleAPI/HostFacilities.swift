import FoundationEssentials
package import Orders

/// What the console takes from the machine it runs on: the time and randomness.
package struct HostFacilities: Sendable {
    /// The time of day.
    package var now: @Sendable () -> Instant
    /// That many bytes nobody can guess.
    package var randomBytes: @Sendable (Int) -> [UInt8]

    package init(now: @escaping @Sendable () -> Instant, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.now = now
        self.randomBytes = randomBytes
    }

    /// A random UUID.
    func uuid() -> UUID {
        var bytes = randomBytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9], bytes[10],
                bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }

    /// 256 random bits as 64 hexadecimal digits.
    func secret() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: randomBytes(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
