import EventStore
import Postgres
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct SchemaTests {
    /// Removes the last month, as if nobody had made it yet, and stores a row of it: it lies in the default partition.
    private static let strayRow = """
        DO $$ BEGIN EXECUTE format('DROP TABLE event_store_%s', to_char(now() + interval '3 months', 'YYYYMM')); END $$;
        INSERT INTO event_store (
            subject_id, event_id, received_at, subject_kind, source, shop, topic, ref_id, identity, fact_id, body_hash, body)
        SELECT gen_random_uuid(), gen_random_uuid(), date_trunc('month', now()) + interval '3 months 3 days', 'order', 'shopify',
            'a', 'orders/paid', '1', gen_random_uuid(), gen_random_uuid(), sha256('x'), 'x'
        """

    private static let strays = "SELECT count(*) FROM event_store_default"
    private static let places =
        "SELECT (tableoid::regclass::text = format('event_store_%s', to_char(received_at, 'YYYYMM')))::text FROM event_store"

    private static let checks = """
        SELECT count(*) FROM pg_constraint
        WHERE conname = 'month_check' AND connamespace = current_schema()::regnamespace
        """

    @Test func `a body that PostgreSQL cannot hold as JSON keeps nobody from the others`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for (id, more) in [(10, ""), (11, #","note":"\ud800""#), (12, #","note":"\u0000""#), (13, #","x":1e999999"#)] {
                    #expect(try await client.shopify(#"{"id":"\#(id)"\#(more)}"#).status == 200)
                }
            }
            let ids = "SELECT coalesce(body ->> 'id', left(body #>> '{}', 10)) FROM events ORDER BY 1"
            #expect(try await system.texts(ids) == ["10", "12", #"{"id":"11""#, #"{"id":"13""#])
        }
    }

    @Test func `a month is made although rows of it lie in the default partition`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(Self.strayRow)
            #expect(try await system.count(Self.strays) == 1)
            _ = try await system.pool.withConnection { try Migrator.ensurePartitions($0) }
            #expect(try await system.count(Self.strays) == 0)
            #expect(try await system.texts(Self.places) == ["true"])
            #expect(try await system.count(Self.checks) == 0)
        }
    }

    @Test func `a month whose locks nobody lets go is given up, and made by the next call`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(Self.strayRow)
            let reader = try await system.patientConnection()
            try await reader.execute(script: "BEGIN; LOCK TABLE event_store_default IN ACCESS SHARE MODE")
            let error = await #expect(throws: PostgresError.self) {
                try await system.pool.withConnection { try Migrator.ensurePartitions($0) }
            }
            #expect(error?.isLockTimeout == true)
            #expect(try await system.count("SELECT count(*) FROM event_store") == 1)
            try await reader.execute(script: "COMMIT")
            await reader.close()
            _ = try await system.pool.withConnection { try Migrator.ensurePartitions($0) }
            #expect(try await system.texts(Self.places) == ["true"])
        }
    }

    @Test func `every table of months has this month and three more`() async throws {
        try await TestSystem.with { system async throws in
            let months = """
                SELECT i.inhparent::regclass || ' ' || count(*) FROM pg_inherits AS i
                JOIN pg_class AS c ON c.oid = i.inhrelid
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ '_[0-9]{6}$'
                GROUP BY i.inhparent ORDER BY 1
                """
            #expect(try await system.texts(months) == ["event_store 4", "finished_jobs 4"])
        }
    }

    @Test func `a newer schema does not stop an older process, and its migrator refuses`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute("INSERT INTO schema_migrations (name, checksum) VALUES ('V9999_future', 'x')")
            #expect(try await system.pool.withConnection { try Migrator.outdated($0) } == nil)
            let error = await #expect(throws: SchemaError.self) {
                try await system.pool.withConnection { try Migrator.migrate($0) }
            }
            #expect(error?.description.contains("V9999_future") == true)
            try await system.execute("DELETE FROM schema_migrations WHERE name = 'V0009_horizons'")
            let outdated = try await system.pool.withConnection { try Migrator.outdated($0) }
            #expect(outdated?.contains("V0009_horizons") == true)
        }
    }
}
