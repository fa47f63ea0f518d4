package import FoundationEssentials

/// One parameter of a statement, sent in binary form with its type declared; nil is NULL.
///
/// An array travels as one one-dimensional PostgreSQL array whose elements may be NULL.
package enum Binding: Sendable {
    case bool(Bool?)
    case int4(Int32?)
    case int8(Int64?)
    case text(String?)
    case bytes([UInt8]?)
    case uuid(UUID?)
    /// Microseconds since 1970-01-01 UTC.
    case timestamptz(Int64?)
    case bools([Bool?])
    case int4s([Int32?])
    /// Nil is NULL, which an array without elements is not.
    case int8s([Int64?]?)
    case texts([String?])
    case byteses([[UInt8]?])
    case uuids([UUID?])
    /// Microseconds since 1970-01-01 UTC.
    case timestamptzs([Int64?])
}

extension Binding {
    /// The type the parameter is declared as when its statement is prepared.
    var type: PostgresType {
        switch self {
        case .bool: .bool
        case .int4: .int4
        case .int8: .int8
        case .text: .text
        case .bytes: .bytea
        case .uuid: .uuid
        case .timestamptz: .timestamptz
        case .bools: .boolArray
        case .int4s: .int4Array
        case .int8s: .int8Array
        case .texts: .textArray
        case .byteses: .byteaArray
        case .uuids: .uuidArray
        case .timestamptzs: .timestamptzArray
        }
    }
}
