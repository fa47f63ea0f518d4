import EventStore
import Orders
import Postgres
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct PoisonTests {
    private static func body(_ refID: String) -> String {
        #"{"id":"\#(refID)","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid"}"#
    }

    private static let impatient = ["ORCHESTRATOR_RETRY_MS": "1", "ORCHESTRATOR_MAX_ATTEMPTS": "3"]

    /// PostgreSQL takes every order but one.
    private static func refuseOrder13(_ sqlState: String, in system: TestSystem) async throws {
        try await system.refuse(
            "UPDATE ON orders",
            when: "NEW.ref_id = '13' AND NEW.version > 0",
            saying: "no order 13 in this house",
            sqlState: sqlState
        )
    }

    @Test func `an order that PostgreSQL refuses is quarantined alone and others flow`() async throws {
        try await TestSystem.with { system async throws in
            try await Self.refuseOrder13("23514", in: system)
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
            try await system.execute("UPDATE event_store SET body = 'not json' WHERE ref_id = '13'")
            try await system.refuse("INSERT ON audit_log", when: "NEW.status = 'failed'", saying: "no failures in this house")
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

    @Test(arguments: ["55P03", "57014"])
    func `an order that is locked or takes too long rests, is not quarantined, and others flow`(sqlState: String) async throws {
        try await TestSystem.with { system async throws in
            try await Self.refuseOrder13(sqlState, in: system)
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

    /// As above, when it is the whole flight that takes too long and not one of its statements.
    @Test func `an order that makes PostgreSQL answer too late rests, is not quarantined, and others flow`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(
                """
                CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NEW; END';
                CREATE TRIGGER dawdle BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.ref_id = '13') EXECUTE FUNCTION dawdle()
                """
            )
            try await system.withIngest { client async throws in
                for number in 1...30 { _ = try await client.shopify(Self.body("\(number)")) }
            }
            var hurried = system
            hurried.database.responseTimeout = .seconds(1)
            // Whoever comes too close to it may rest as well.
            let dawdler = OrderID(source: "shopify", shop: "test.myshopify.com", refID: "13")
            let wake = """
                UPDATE unapplied_events SET retry_at = NULL WHERE subject_id IN (
                    SELECT subject_id FROM unapplied_events WHERE retry_at > now() AND subject_id <> '\(dawdler)'
                    FOR UPDATE SKIP LOCKED)
                """
            try await hurried.withOrchestrators(settings: Self.impatient) {
                while try await system.count("SELECT count(*) FROM unapplied_events") > 1 {
                    try await system.execute(wake)
                    try await Moment.pass()
                }
                let resting = "SELECT count(*) FROM unapplied_events WHERE attempts = 0 AND retry_at > now()"
                while try await system.count(resting) == 0 { try await Moment.pass() }
            }
            #expect(try await system.orders().filter { $0.version == 1 }.count == 29)
            #expect(try await system.orders().filter(\.isQuarantined).isEmpty)
        }
    }

    @Test func `many lanes that come to one event at once make one attempt, and quarantine nothing that is only locked`()
        async throws
    {
        try await TestSystem.with { system async throws in
            let holder = try await system.patientConnection()
            try await system.withIngest { client async throws in
                for number in 10...15 { _ = try await client.shopify(Self.body("\(number)")) }
                try await system.withOrchestrators { try await system.settled() }
                try await holder.execute(script: "BEGIN; SELECT FROM orders WHERE ref_id = '13' FOR UPDATE")
                for number in 10...15 { _ = try await client.shopify(Self.body("\(number)"), topic: "orders/paid") }
            }
            // Every lane is rung for the order as long as the first one is at it.
            let eager = ["ORCHESTRATOR_LANES": "8", "RELAY_AFTER_MS": "100", "RELAY_INTERVAL_MS": "50"]
            var hurried = system
            hurried.database.lockTimeout = .milliseconds(500)
            try await hurried.withOrchestrators(settings: Self.impatient.merging(eager) { $1 }) {
                let attempts =
                    "SELECT attempts::text FROM unapplied_events WHERE retry_at > now() AND last_error LIKE '%55P03%'"
                var resting: [String] = []
                while resting.isEmpty {
                    try await Moment.pass()
                    resting = try await system.texts(attempts)
                }
                #expect(resting == ["0"])
                #expect(try await system.orders().filter(\.isQuarantined).isEmpty)
                try await holder.execute(script: "COMMIT")
                try await system.execute("UPDATE unapplied_events SET retry_at = NULL")
                try await system.settled()
            }
            await holder.close()
            #expect(try await system.orders().filter { $0.version == 2 && !$0.isQuarantined }.count == 6)
        }
    }

    @Test func `an attempt begins once, until it is over or its lease is`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in _ = try await client.shopify(Self.body("1")) }
            let subject = OrderID(source: "shopify", shop: "test.myshopify.com", refID: "1").uuid
            let event = try #require(
                try await system.pool.withConnection { try SubjectBatch.firstEvent(of: subject, on: $0)?.event.id }
            )
            @Sendable func begin() async throws -> Int32? {
                try await system.pool.withConnection { try UnappliedTable.beginAttempt(subject: subject, event: event, on: $0) }
            }
            let begun = try await withThrowingTaskGroup(of: Int32?.self) { group in
                for _ in 1...8 { group.addTask { try await begin() } }
                return try await group.reduce(into: [Int32?]()) { $0.append($1) }
            }
            #expect(begun.compactMap(\.self) == [1])
            // Its worker is gone.
            try await system.execute("UPDATE unapplied_events SET attempt_until = now()")
            #expect(try await begin() == 2)
            #expect(try await begin() == nil)
            try await system.pool.withConnection { try UnappliedTable.takeBackAttempt(subject: subject, event: event, on: $0) }
            #expect(try await begin() == 2)
            @Sendable func postpone(_ milliseconds: Int64) async throws {
                try await system.pool.withConnection {
                    try UnappliedTable.postpone(
                        .event,
                        subject: subject,
                        event: event,
                        error: "no",
                        retryAfterMilliseconds: milliseconds,
                        on: $0
                    )
                }
            }
            // A lane that saw the event before it was put to rest comes too late.
            try await postpone(60_000)
            #expect(try await begin() == nil)
            try await postpone(0)
            #expect(try await begin() == 3)
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
