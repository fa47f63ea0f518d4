package import FoundationEssentials

/// A type that a column's binary value decodes to.
package protocol PostgresDecodable {
    /// From one value as the server sent it, borrowed from the result; nil when its type or length does not fit.
    init?(_ bytes: Span<UInt8>, type: PostgresType)
}

extension Span<UInt8> {
    /// The big-endian integer that fills the span, or nil when the length differs.
    func integer<Value: FixedWidthInteger>(as: Value.Type) -> Value? {
        count == Value.bitWidth / 8 ? bigEndian(at: 0) : nil
    }

    /// Reads an integer in network byte order; traps like any subscript when the span is too short.
    func bigEndian<Value: FixedWidthInteger>(at offset: Int, as: Value.Type = Value.self) -> Value {
        var value: Value = 0
        for index in offset..<offset + Value.bitWidth / 8 {
            value = value << 8 | Value(truncatingIfNeeded: self[index])
        }
        return value
    }
}

extension Bool: PostgresDecodable {
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        guard type == .bool, bytes.count == 1 else { return nil }
        self = bytes[0] != 0
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Widens, never narrows silently: a value that does not fit is nil.
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        switch type {
        case .int8: self.init(exactlyOrNil: bytes.integer(as: Int64.self))
        case .int4: self.init(exactlyOrNil: bytes.integer(as: Int32.self))
        case .int2: self.init(exactlyOrNil: bytes.integer(as: Int16.self))
        case .oid: self.init(exactlyOrNil: bytes.integer(as: UInt32.self))
        case .xid8: self.init(exactlyOrNil: bytes.integer(as: UInt64.self))
        default: return nil
        }
    }

    private init?(exactlyOrNil value: (some FixedWidthInteger)?) {
        guard let value else { return nil }
        self.init(exactly: value)
    }
}

extension Int16: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int64: PostgresDecodable {}
extension Int: PostgresDecodable {}

extension Double: PostgresDecodable {
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        switch type {
        case .float8:
            guard let bits = bytes.integer(as: UInt64.self) else { return nil }
            self.init(bitPattern: bits)
        case .float4:
            guard let bits = bytes.integer(as: UInt32.self) else { return nil }
            self.init(Float(bitPattern: bits))
        default: return nil
        }
    }
}

extension UUID: PostgresDecodable {
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        guard type == .uuid, bytes.count == 16 else { return nil }
        // The pointer lives inside the closure only; its 16 bytes were checked above and need no alignment.
        self.init(uuid: unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: uuid_t.self) })
    }
}

extension PostgresTimestamp: PostgresDecodable {
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        guard type == .timestamptz, let wireValue = bytes.integer(as: Int64.self) else { return nil }
        self.init(wireValue: wireValue)
    }
}

extension String: PostgresDecodable {
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        guard let offset = type.textOffset, let utf8 = try? UTF8Span(validating: bytes.extracting(droppingFirst: offset)) else {
            return nil
        }
        self.init(copying: utf8)
    }
}
