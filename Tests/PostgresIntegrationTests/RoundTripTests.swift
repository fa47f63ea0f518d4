import FoundationEssentials
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct RoundTripTests {
    static let scalars = Statement(
        "test_scalars",
        "SELECT $1::bool, $2::int4, $3::int8, $4::text, $5::bytea, $6::uuid, $7::timestamptz"
    )

    @Test func `Scalars come back as they went`() async throws {
        try await TestDatabase.with { database in
            let id = UUID()
            let row = try await database.connect().query(
                Self.scalars,
                [
                    .bool(true), .int4(.min), .int8(.max), .text("naïve \u{1F980}"), .bytes([0, 255, 0]), .uuid(id),
                    .timestamptz(1_700_000_000_123_456),
                ]
            )[0]
            #expect(try row.decode(0) == true)
            #expect(try row.decode(1) == Int32.min)
            #expect(try row.decode(2) == Int64.max)
            #expect(try row.decode(3) == "naïve \u{1F980}")
            #expect(try row.decode(4) == [0, 255, 0] as [UInt8])
            #expect(try row.decode(5) == id)
            #expect(try row.decode(6) == PostgresTimestamp(microseconds: 1_700_000_000_123_456))
        }
    }

    @Test func `NULL comes back as nil and does not decode to a value`() async throws {
        try await TestDatabase.with { database in
            let row = try await database.connect().query(
                Self.scalars,
                [.bool(nil), .int4(nil), .int8(nil), .text(nil), .bytes(nil), .uuid(nil), .timestamptz(nil)]
            )[0]
            #expect(try row.decodeIfPresent(0, as: Bool.self) == nil)
            #expect(try row.decodeIfPresent(1, as: Int32.self) == nil)
            #expect(try row.decodeIfPresent(2, as: Int64.self) == nil)
            #expect(try row.decodeIfPresent(3, as: String.self) == nil)
            #expect(try row.decodeIfPresent(4, as: [UInt8].self) == nil)
            #expect(try row.decodeIfPresent(5, as: UUID.self) == nil)
            #expect(try row.decodeIfPresent(6, as: PostgresTimestamp.self) == nil)
            let error = #expect(throws: PostgresError.self) { try row.decode(0, as: Bool.self) }
            #expect(error?.code == .decoding)
        }
    }

    @Test func `Empty text and empty bytes are not NULL, even alone`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let statement = Statement("test_empty", "SELECT $1::bytea, $2::text")
            let row = try await connection.query(statement, [.bytes([]), .text("")])[0]
            #expect(try row.decode(0) == [] as [UInt8])
            #expect(try row.decode(1) == "")
        }
    }

    @Test func `Arrays come back as they went, with their NULLs`() async throws {
        let statement = Statement(
            "test_arrays",
            """
            SELECT b, i, l, t, y, u, s
            FROM unnest($1::bool[], $2::int4[], $3::int8[], $4::text[], $5::bytea[], $6::uuid[], $7::timestamptz[])
                WITH ORDINALITY AS a (b, i, l, t, y, u, s, n)
            ORDER BY n
            """
        )
        try await TestDatabase.with { database in
            let id = UUID()
            let rows = try await database.connect().query(
                statement,
                [
                    .bools([false, nil]), .int4s([-7, nil]), .int8s([1 << 40, nil]), .texts(["", nil]),
                    .byteses([[0, 0], nil]), .uuids([id, nil]), .timestamptzs([-1, nil]),
                ]
            )
            #expect(rows.count == 2)
            #expect(rows.affected == 2)
            #expect(try rows[0].decode(0) == false)
            #expect(try rows[0].decode(1) == Int32(-7))
            #expect(try rows[0].decode(2) == Int64(1) << 40)
            #expect(try rows[0].decode(3) == "")
            #expect(try rows[0].decode(4) == [0, 0] as [UInt8])
            #expect(try rows[0].decode(5) == id)
            #expect(try rows[0].decode(6) == PostgresTimestamp(microseconds: -1))
            #expect(try rows[1].decodeIfPresent(3, as: String.self) == nil)
            #expect(try rows[1].decodeIfPresent(5, as: UUID.self) == nil)
        }
    }

    @Test func `Empty arrays are arrays`() async throws {
        let statement = Statement("test_empty_arrays", "SELECT cardinality($1::text[]), cardinality($2::uuid[])")
        try await TestDatabase.with { database in
            let row = try await database.connect().query(statement, [.texts([]), .uuids([])])[0]
            #expect(try row.decode(0) == 0)
            #expect(try row.decode(1) == 0)
        }
    }

    @Test func `Array columns decode, and those with NULLs do not`() async throws {
        let statement = Statement(
            "test_array_columns",
            "SELECT ARRAY['a', 'b'], ARRAY[1, 2]::int8[], $1::uuid[], ARRAY[]::text[], ARRAY['a', NULL]"
        )
        try await TestDatabase.with { database in
            let ids = (1...300).map { _ in UUID() }
            let row = try await database.connect().query(statement, [.uuids(ids)])[0]
            #expect(try row.decode(0) == ["a", "b"])
            #expect(try row.decode(1) == [1, 2] as [Int64])
            #expect(try row.decode(2) == ids)
            #expect(try row.decode(3) == [] as [String])
            #expect(throws: PostgresError.self) { try row.decode(4, as: [String].self) }
        }
    }

    @Test func `Every textual and numeric type decodes`() async throws {
        let statement = Statement(
            "test_types",
            """
            SELECT 'v'::varchar, 'n'::name, '{"a": 1}'::json, '{"a": 1}'::jsonb, 12.50::numeric::text,
                7::int2, 1.5::float8, 0.5::float4, '{}'::jsonb
            """
        )
        try await TestDatabase.with { database in
            let row = try await database.connect().query(statement)[0]
            #expect(try (0..<5).map { try row.decode($0, as: String.self) } == ["v", "n", "{\"a\": 1}", "{\"a\": 1}", "12.50"])
            #expect(try row.decode(5) == Int16(7))
            #expect(try row.decode(5) == 7)
            #expect(try row.decode(6) == 1.5)
            #expect(try row.decode(7) == 0.5)
            #expect(try row.decode(8) == Array("{}".utf8))
        }
    }

    @Test func `Another type, a value out of range and an absent column are errors`() async throws {
        try await TestDatabase.with { database in
            let row = try await database.connect().query(
                Statement("test_wrong", "SELECT 'x'::text, 70000::int4, 'infinity'::timestamptz")
            )[0]
            #expect(throws: PostgresError.self) { try row.decode(0, as: Int64.self) }
            #expect(throws: PostgresError.self) { try row.decode(1, as: Int16.self) }
            #expect(throws: PostgresError.self) { try row.decode(2, as: PostgresTimestamp.self) }
            #expect(throws: PostgresError.self) { try row.decode(3, as: String.self) }
            #expect(throws: PostgresError.self) { try row.decode(-1, as: String.self) }
        }
    }

    @Test func `A batch larger than every socket buffer arrives whole`() async throws {
        let statement = Statement("test_batch", "SELECT octet_length(y), y FROM unnest($1::uuid[], $2::bytea[]) AS a (u, y)")
        try await TestDatabase.with { database in
            let bodies = (0..<512).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 30_000) }
            let rows = try await database.connect().query(statement, [.uuids(bodies.map { _ in UUID() }), .byteses(bodies)])
            #expect(try rows.map { try $0.decode(1, as: [UInt8].self) } == bodies)
        }
    }
}
