/// The object id of a built-in type (source: `pg_type.dat`), as it travels in binary arrays and row descriptions.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
    /// The object id in `pg_type`.
    package let rawValue: UInt32

    /// From an object id, known here or not.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    static let bool = PostgresType(rawValue: 16)
    static let bytea = PostgresType(rawValue: 17)
    static let name = PostgresType(rawValue: 19)
    static let int8 = PostgresType(rawValue: 20)
    static let int2 = PostgresType(rawValue: 21)
    static let int4 = PostgresType(rawValue: 23)
    static let text = PostgresType(rawValue: 25)
    static let oid = PostgresType(rawValue: 26)
    static let json = PostgresType(rawValue: 114)
    static let float4 = PostgresType(rawValue: 700)
    static let float8 = PostgresType(rawValue: 701)
    static let bpchar = PostgresType(rawValue: 1042)
    static let varchar = PostgresType(rawValue: 1043)
    static let timestamptz = PostgresType(rawValue: 1184)
    static let uuid = PostgresType(rawValue: 2950)
    static let jsonb = PostgresType(rawValue: 3802)
    static let xid8 = PostgresType(rawValue: 5069)

    static let boolArray = PostgresType(rawValue: 1000)
    static let byteaArray = PostgresType(rawValue: 1001)
    static let int4Array = PostgresType(rawValue: 1007)
    static let textArray = PostgresType(rawValue: 1009)
    static let int8Array = PostgresType(rawValue: 1016)
    static let timestamptzArray = PostgresType(rawValue: 1185)
    static let uuidArray = PostgresType(rawValue: 2951)

    /// Where the characters of a textual type begin (binary `jsonb` starts with a version byte); nil for other types.
    var textOffset: Int? {
        switch self {
        case .text, .varchar, .bpchar, .name, .json: 0
        case .jsonb: 1
        default: nil
        }
    }
}
