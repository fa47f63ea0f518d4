/// A zip file made from front to back: sizes and checksums follow each file, so that none is held in memory.
struct ZipStream {
    private struct Entry {
        var name: [UInt8]
        var offset: UInt64
        var checksum = CRC32()
        var compressed: UInt64 = 0
        var size: UInt64 = 0
    }

    /// Version 4.5: sizes of 64 bits.
    private static let version: UInt16 = 45
    /// Bit 3: sizes follow; bit 11: the name is UTF-8.
    private static let flags: UInt16 = 0x0808
    private static let deflated: UInt16 = 8
    /// 1980-01-01, the first day a zip file knows.
    private static let date: UInt16 = 0x0021

    private var offset: UInt64 = 0
    private var entries: [Entry] = []
    private var deflate = Deflate()

    /// The head of the next file; its contents follow.
    mutating func begin(_ name: String) -> [UInt8] {
        entries.append(Entry(name: Array(name.utf8), offset: offset))
        deflate = Deflate()
        var bytes = Self.little(UInt32(0x0403_4B50)) + Self.little(Self.version) + Self.little(Self.flags)
        bytes += Self.little(Self.deflated) + Self.little(UInt16(0)) + Self.little(Self.date)
        bytes += [UInt8](repeating: 0, count: 12) + Self.little(UInt16(name.utf8.count)) + Self.little(UInt16(20))
        bytes += Array(name.utf8)
        // Says that the sizes behind the contents have 64 bits.
        bytes += Self.little(UInt16(1)) + Self.little(UInt16(16)) + [UInt8](repeating: 0, count: 16)
        return count(bytes)
    }

    /// More of the contents of the file begun last.
    mutating func write(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        entries[entries.count - 1].checksum.update(bytes)
        entries[entries.count - 1].size += UInt64(bytes.count)
        deflate.block(bytes, isLast: false)
        return compressed(deflate.take())
    }

    /// The end of the file begun last.
    mutating func end() -> [UInt8] {
        deflate.block([], isLast: true)
        let tail = compressed(deflate.finish())
        let entry = entries[entries.count - 1]
        return tail
            + count(
                Self.little(UInt32(0x0807_4B50)) + Self.little(entry.checksum.value) + Self.little(entry.compressed)
                    + Self.little(entry.size)
            )
    }

    /// The directory, which ends the zip file.
    mutating func finish() -> [UInt8] {
        let start = offset
        var directory: [UInt8] = []
        for entry in entries {
            directory += Self.little(UInt32(0x0201_4B50)) + Self.little(Self.version) + Self.little(Self.version)
            directory += Self.little(Self.flags) + Self.little(Self.deflated) + Self.little(UInt16(0)) + Self.little(Self.date)
            directory += Self.little(entry.checksum.value) + Self.little(UInt32.max) + Self.little(UInt32.max)
            directory += Self.little(UInt16(entry.name.count)) + Self.little(UInt16(28)) + Self.little(UInt16(0))
            directory += Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(UInt32(0)) + Self.little(UInt32.max)
            directory += entry.name + Self.little(UInt16(1)) + Self.little(UInt16(24)) + Self.little(entry.size)
            directory += Self.little(entry.compressed) + Self.little(entry.offset)
        }
        let (size, number) = (UInt64(directory.count), UInt64(entries.count))
        directory += Self.little(UInt32(0x0606_4B50)) + Self.little(UInt64(44)) + Self.little(Self.version)
        directory += Self.little(Self.version) + Self.little(UInt32(0)) + Self.little(UInt32(0)) + Self.little(number)
        directory += Self.little(number) + Self.little(size) + Self.little(start)
        directory +=
            Self.little(UInt32(0x0706_4B50)) + Self.little(UInt32(0)) + Self.little(start + size) + Self.little(UInt32(1))
        directory += Self.little(UInt32(0x0605_4B50)) + Self.little(UInt16(0)) + Self.little(UInt16(0))
        directory += Self.little(UInt16.max) + Self.little(UInt16.max) + Self.little(UInt32.max) + Self.little(UInt32.max)
        directory += Self.little(UInt16(0))
        return directory
    }

    private mutating func compressed(_ bytes: [UInt8]) -> [UInt8] {
        entries[entries.count - 1].compressed += UInt64(bytes.count)
        return count(bytes)
    }

    private mutating func count(_ bytes: [UInt8]) -> [UInt8] {
        offset += UInt64(bytes.count)
        return bytes
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * numericCast($0))) }
    }
}
