import Orders
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(3))) struct PoisonTests {
    private static func body(_ refID: String) -> String {
        #"{"id":"\#(refID)","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid"}"#
    }

    private static let impatient = ["ORCHESTRATOR_RETRY_MS": "1", "ORCHESTRATOR_MAX_ATTEMPTS": "3"]

    @Test func `an order that PostgreSQL refuses is quarantined alone and others flow`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF NEW.ref_id = '13' AND NEW.version > 0 THEN
                        RAISE EXCEPTION 'no order 13 in this house' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse()
                """
            )
            try await system.withIngest { client async throws in
                for number in 1...30 { _ = try await client.shopify(Self.body("\(number)")) }
            }
            try await system.withOrchestrators(2, settings: Self.impatient) {
                try await system.settled()
            }
            let orders = try await system.orders()
            #expect(orders.count == 30)
            #expect(orders.filter { $0.version == 1 }.count == 29)
            #expect(orders.filter(\.isQuarantined).map(\.refID) == ["13"])
            #expect(
                try await system.texts("SELECT reason FROM audit_log WHERE status = 'failed'").first?.contains("house") == true
            )
            #expect(try await system.count("SELECT count(*) FROM audit_log") == 30)
        }
    }

    @Test func `an event that cannot even be quarantined rests, and others flow`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for number in 1...30 { _ = try await client.shopify(Self.body("\(number)")) }
            }
            try await system.execute(
                """
                UPDATE event_store SET body = 'not json' WHERE ref_id = '13';
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'no failures in this house' USING ERRCODE = '23514';
                END $$;
                CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW WHEN (NEW.status = 'failed')
                    EXECUTE FUNCTION refuse()
                """
            )
            let resting = "SELECT count(*) FROM unapplied_events WHERE retry_at > now() + interval '30 seconds'"
            try await system.withOrchestrators(2, settings: Self.impatient) {
                while try await system.count("SELECT count(*) FROM audit_log") < 29 { try await Moment.pass() }
                while try await system.count(resting) == 0 { try await Moment.pass() }
            }
            #expect(try await system.texts("SELECT last_error FROM unapplied_events") == ["it could not be quarantined"])
            #expect(try await system.count("SELECT count(*) FROM orders WHERE version = 1") == 29)
        }
    }

    @Test func `a body that cannot be read is quarantined at once`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for number in 1...5 { _ = try await client.shopify(Self.body("\(number)")) }
            }
            try await system.execute("UPDATE event_store SET body = 'not json' WHERE ref_id = '3'")
            try await system.withOrchestrators(settings: Self.impatient) { try await system.settled() }
            #expect(try await system.orders().filter(\.isQuarantined).map(\.refID) == ["3"])
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'processed'") == 4)
        }
    }

    private static func refusal(_ sqlState: String) -> String {
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.ref_id = '13' AND NEW.version > 0 THEN RAISE EXCEPTION 'too slow' USING ERRCODE = '\(sqlState)'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse()
        """
    }

    @Test(arguments: ["55P03", "57014"])
    func `an order that is locked or takes too long rests, is not quarantined, and others flow`(sqlState: String) async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(Self.refusal(sqlState))
            try await system.withIngest { client async throws in
                for number in 1...30 { _ = try await client.shopify(Self.body("\(number)")) }
            }
            try await system.withOrchestrators(2, settings: Self.impatient) {
                while try await system.count("SELECT count(*) FROM unapplied_events") > 1 { try await Moment.pass() }
                let resting = "SELECT count(*) FROM unapplied_events WHERE attempts = 0 AND last_error LIKE '%\(sqlState)%'"
                while try await system.count(resting) == 0 { try await Moment.pass() }
            }
            #expect(try await system.orders().filter { $0.version == 1 }.count == 29)
            #expect(try await system.orders().filter(\.isQuarantined).isEmpty)
        }
    }

    @Test func `a connection that is lost again and again counts against no event`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(
                """
                CREATE SEQUENCE losses;
                CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF NEW.version > 0 AND nextval('losses') <= 8 THEN
                        PERFORM pg_terminate_backend(pg_backend_pid());
                        PERFORM pg_sleep(10);
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER lose BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION lose()
                """
            )
            try await system.withIngest { client async throws in
                for number in 1...5 { _ = try await client.shopify(Self.body("\(number)")) }
            }
            try await system.withOrchestrators(settings: Self.impatient) { try await system.settled() }
            #expect(try await system.orders().filter { $0.version == 1 && !$0.isQuarantined }.count == 5)
            #expect(try await system.count("SELECT last_value FROM losses") > 8)
        }
    }
}
