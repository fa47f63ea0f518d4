/// An IP address as a number; one of IPv4 is mapped into IPv6.
package struct ClientAddress: Hashable, Sendable {
    /// The first and the last eight bytes.
    package private(set) var high: UInt64
    package private(set) var low: UInt64

    /// What is before an address of IPv4: `::ffff:0:0/96`.
    private static let mapped: UInt64 = 0xFFFF << 32

    /// Nil unless the text is an address; a zone such as `%eth0` is not looked at.
    package init?(_ text: some StringProtocol) {
        let text = text.prefix { $0 != "%" }
        if text.contains(":") {
            guard let groups = Self.groups(text) else { return nil }
            high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
            low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
        } else {
            guard let number = Self.dotted(text) else { return nil }
            (high, low) = (0, Self.mapped | UInt64(number))
        }
    }

    private init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == Self.mapped >> 32 }

    /// The address with all but its first bits zero.
    package func prefix(bits: Int) -> ClientAddress {
        ClientAddress(
            high: bits >= 64 ? high : high & ~(UInt64.max >> UInt64(max(bits, 0))),
            low: bits >= 128 ? low : bits <= 64 ? 0 : low & ~(UInt64.max >> UInt64(bits - 64))
        )
    }

    /// Whom a limit means: an address of IPv4, and of IPv6 the network that one customer gets.
    package var household: ClientAddress { isIPv4 ? self : prefix(bits: 64) }

    private static func dotted(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }), let byte = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    /// The eight groups of an address of IPv6; `::` stands for as many zeros as are missing.
    private static func groups(_ text: some StringProtocol) -> [UInt16]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        for (index, part) in parts.enumerated() {
            let isEdge = index == 0 || index == parts.count - 1
            if part.isEmpty {
                // At either end the colon belongs to the gap beside it.
                if isEdge, parts[index == 0 ? 1 : index - 1].isEmpty { continue }
                guard gap == nil, !isEdge else { return nil }
                gap = groups.count
            } else if index == parts.count - 1, part.contains(".") {
                guard let number = dotted(part) else { return nil }
                groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
            } else {
                guard part.utf8.count <= 4, part.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
        }
        return groups.count == 8 ? groups : nil
    }
}

/// Addresses with the same first bits, such as `10.0.0.0/8`.
package struct AddressRange: Sendable, Equatable {
    private let base: ClientAddress
    private let bits: Int

    /// Nil unless the text is an address, with or without a number of bits.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = ClientAddress(parts[0]) else { return nil }
        let offset = address.isIPv4 && !parts[0].contains(":") ? 96 : 0
        var bits = 128
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...(128 - offset)).contains(given) else { return nil }
            bits = offset + given
        }
        base = address.prefix(bits: bits)
        self.bits = bits
    }

    /// Whether the address lies in the network.
    package func contains(_ address: ClientAddress) -> Bool {
        address.prefix(bits: bits) == base
    }
}
