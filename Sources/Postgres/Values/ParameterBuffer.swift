import FoundationEssentials

/// The binary values of one statement's parameters: one contiguous buffer, and where each value lies in it.
///
/// Each value is copied exactly once, from the caller's storage into this buffer. Reused from statement to statement.
struct ParameterBuffer {
    /// Capacity above this is given back after use, so that one huge batch does not pin its memory for ever.
    static let retainedCapacity = 1 << 20

    private(set) var bytes: [UInt8] = []
    /// Per parameter: offset and length in `bytes`; nil is NULL.
    private(set) var ranges: [Range<Int>?] = []

    mutating func encode(_ bindings: [Binding]) {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.retainedCapacity)
        ranges.removeAll(keepingCapacity: true)
        for binding in bindings {
            let start = bytes.count
            let isPresent = append(binding)
            ranges.append(isPresent ? start..<bytes.count : nil)
        }
    }

    /// False when the value is NULL and nothing was written.
    private mutating func append(_ binding: Binding) -> Bool {
        switch binding {
        case .bool(let value): appendScalar(value) { $0.append($1) }
        case .int4(let value): appendScalar(value) { $0.append($1) }
        case .int8(let value): appendScalar(value) { $0.append($1) }
        case .text(let value): appendScalar(value) { $0.bytes.append(contentsOf: $1.utf8) }
        case .bytes(let value): appendScalar(value) { $0.bytes.append(contentsOf: $1) }
        case .uuid(let value): appendScalar(value) { $0.append($1) }
        case .timestamptz(let value): appendScalar(value) { $0.append(PostgresTimestamp(microseconds: $1).wireValue) }
        case .bools(let values): appendArray(values, of: .bool, size: { _ in 1 }, write: { $0.append($1) })
        case .int4s(let values): appendArray(values, of: .int4, size: { _ in 4 }, write: { $0.append($1) })
        case .int8s(let values): appendArray(values, of: .int8, size: { _ in 8 }, write: { $0.append($1) })
        case .texts(let values):
            appendArray(values, of: .text, size: { $0.utf8.count }, write: { $0.bytes.append(contentsOf: $1.utf8) })
        case .byteses(let values): appendArray(values, of: .bytea, size: { $0.count }, write: { $0.bytes.append(contentsOf: $1) })
        case .uuids(let values): appendArray(values, of: .uuid, size: { _ in 16 }, write: { $0.append($1) })
        case .timestamptzs(let values):
            appendArray(
                values,
                of: .timestamptz,
                size: { _ in 8 },
                write: { $0.append(PostgresTimestamp(microseconds: $1).wireValue) }
            )
        }
    }

    private mutating func appendScalar<Value>(_ value: Value?, write: (inout ParameterBuffer, Value) -> Void) -> Bool {
        guard let value else { return false }
        write(&self, value)
        return true
    }

    /// The layout of `array_recv`: dimensions, has-null flag, element type, then length and lower bound of the one dimension.
    private mutating func appendArray<Value>(
        _ values: [Value?]?,
        of type: PostgresType,
        size: (Value) -> Int,
        write: (inout ParameterBuffer, Value) -> Void
    ) -> Bool {
        guard let values else { return false }
        var total = 20
        var hasNull = false
        for value in values {
            total += 4
            if let value { total += size(value) } else { hasNull = true }
        }
        reserve(total)
        append(Int32(values.isEmpty ? 0 : 1))
        append(Int32(hasNull ? 1 : 0))
        append(type.rawValue)
        guard !values.isEmpty else { return true }
        append(Int32(truncatingIfNeeded: values.count))
        append(Int32(1))
        for value in values {
            if let value {
                append(Int32(truncatingIfNeeded: size(value)))
                write(&self, value)
            } else {
                append(Int32(-1))
            }
        }
        return true
    }

    /// Grows at least by half, so that many small arrays in one statement stay linear.
    private mutating func reserve(_ additional: Int) {
        let needed = bytes.count + additional
        if needed > bytes.capacity {
            bytes.reserveCapacity(Swift.max(needed, bytes.capacity + bytes.capacity / 2))
        }
    }

    private mutating func append(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        // The pointer is to a local and used only inside the closure.
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ value: UUID) {
        // The pointer is to a local and used only inside the closure.
        unsafe withUnsafeBytes(of: value.uuid) { unsafe bytes.append(contentsOf: $0) }
    }
}
