import FoundationEssentials

/// `[UInt8]` is a `bytea` or the UTF-8 of a textual column; any other element type is a one-dimensional array without NULLs.
extension Array: PostgresDecodable where Element: PostgresArrayElement {
    package init?(_ bytes: Span<UInt8>, type: PostgresType) {
        guard let elements = Element.decodeArray(bytes, type: type) else { return nil }
        self = elements
    }
}

/// A type whose arrays decode from one column.
package protocol PostgresArrayElement {
    /// Nil when the value is not an array of this element.
    static func decodeArray(_ bytes: Span<UInt8>, type: PostgresType) -> [Self]?
}

extension UInt8: PostgresArrayElement {
    package static func decodeArray(_ bytes: Span<UInt8>, type: PostgresType) -> [UInt8]? {
        guard let offset = type == .bytea ? 0 : type.textOffset else { return nil }
        // The buffer pointer is used inside the closure only, while the span is borrowed.
        return unsafe bytes.extracting(droppingFirst: offset).withUnsafeBufferPointer { unsafe Array($0) }
    }
}

extension PostgresArrayElement where Self: PostgresDecodable {
    /// Walks the layout written by `array_send`; every length is checked against the bytes there are.
    package static func decodeArray(_ bytes: Span<UInt8>, type: PostgresType) -> [Self]? {
        guard bytes.count >= 12 else { return nil }
        let dimensions = bytes.bigEndian(at: 0, as: Int32.self)
        let elementType = PostgresType(rawValue: bytes.bigEndian(at: 8))
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { return nil }
        let count = Int(bytes.bigEndian(at: 12, as: Int32.self))
        guard count >= 0, count <= (bytes.count - 20) / 4 else { return nil }

        var elements: [Self] = []
        elements.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            guard bytes.count - offset >= 4 else { return nil }
            let length = Int(bytes.bigEndian(at: offset, as: Int32.self))
            offset += 4
            guard length >= 0, length <= bytes.count - offset else { return nil }
            guard let element = Self(bytes.extracting(offset..<offset + length), type: elementType) else { return nil }
            elements.append(element)
            offset += length
        }
        return elements
    }
}

extension String: PostgresArrayElement {}
extension UUID: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
