import EventStore
import Orchestration
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// What the merge transaction makes of wishes and outcomes, on a real PostgreSQL.
@Suite(.timeLimit(.minutes(5))) struct BookingTests {
    static let shop = "test.myshopify.com"
    static let id = OrderID(source: "shopify", shop: shop, refID: "1")
    static let attempt = BookedAttempt(order: id, shop: shop, refID: "1", attempt: 1)

    static func order(_ second: Int, _ status: String = "paid", city: String = "Cairo", more: String = "") -> String {
        #"""
        {"id":"1","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"\#(status)","total_price":"150.00",
         "shipping_address":{"city":"\#(city)"},"line_items":[{"id":1,"quantity":1}]\#(more)}
        """#
    }

    static let cancelled = #","cancelled_at":"2026-01-18T18:43:05Z""#

    static func booked(_ attempt: BookedAttempt = attempt, number: String = "TRK-1") throws -> IncomingEvent {
        let waybill = Waybill(courier: try #require(CourierName("courier")), trackingNumber: number)
        return .booked(attempt, waybill: waybill, fee: Money("12.50"), currency: "EGP", receivedAt: TestClock.now())
    }

    /// Effects are decided, and nobody carries them out: the queues are paused.
    static func withEffects(_ body: (TestSystem) async throws -> Void) async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(
                """
                INSERT INTO queue_states (queue, paused_at, paused_by)
                SELECT q, now(), 'test'
                FROM unnest(ARRAY['internal-booking-events', 'courier-commands', 'shopify-admin-notifications']) AS q
                """
            )
            try await body(system)
        }
    }

    /// Runs a system with one ingest and one orchestrator.
    static func with(
        settings: [String: String] = [:],
        _ body: (TestSystem, TestClient) async throws -> Void
    ) async throws {
        try await withEffects { system in
            try await system.withOrchestrators(settings: ["BOOKING": "on"].merging(settings) { $1 }) {
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    try await body(system, client)
                }
            }
        }
    }

    @Test func `a paid order claims one booking whose command waits until the order is quiet`() async throws {
        try await Self.with(settings: ["BOOKING_SETTLE_MS": "600000"]) { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            #expect(try await system.bookings() == ["1 claimed"])
            #expect(try await system.jobs() == ["internal-booking-events book:\(Self.id):1"])
            let waits = "SELECT count(*) FROM jobs WHERE run_at > now() + interval '9 minutes'"
            #expect(try await system.count(waits) == 1)
            try await system.execute("UPDATE jobs SET run_at = now()")
            _ = try await client.shopify(Self.order(2, city: "Giza"))
            try await system.settled()
            #expect(try await system.bookings() == ["1 claimed"])
            #expect(try await system.count(waits) == 1)
            _ = try await client.shopify(Self.order(3, more: Self.cancelled))
            try await system.settled()
            #expect(try await system.bookings() == ["1 cancelled"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a label that is merged before the dead letter of its booking is written leaves none`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            let lastAttempt = """
                UPDATE jobs SET state = 'running', attempt = 1, max_attempts = 1, worker = 'ours',
                    run_at = now() + interval '1 hour', lease_until = now() + interval '1 hour'
                """
            try await system.execute(lastAttempt)
            for event in [BookingEvent.taken, .lost, .exhausted] { _ = try await system.report(Self.id, event) }
            #expect(try await system.bookings() == ["1 parked"])
            try await system.append(try Self.booked())
            try await system.settled()
            #expect(try await system.bookings() == ["1 booked courier TRK-1 12.5000"])
            let job = ClaimedJob(
                id: try await system.count("SELECT id FROM finished_jobs"),
                queue: .bookings,
                key: "book:\(Self.id):1",
                orderID: Self.id.uuid,
                shop: Self.shop,
                input: [],
                attempt: 1,
                maxAttempts: 1
            )
            let letter = JobTable.Finish(job, .retry(reason: "no answer"))
            #expect(try await system.pool.withConnection { try JobTable.finish([letter], on: $0) } == JobTable.Finished())
            #expect(try await system.count("SELECT count(*) FROM jobs WHERE key LIKE 'book:%'") == 0)
            #expect(try await system.texts("SELECT outcome FROM finished_jobs") == ["cancelled"])
        }
    }

    @Test func `a label becomes the order's own, parked callbacks are joined, and the shop is told`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            let callback =
                #"{"tracking_number":"TRK-1","status":"shipped","courier":"courier","timestamp":"2026-01-19T08:00:00Z"}"#
            _ = try await client.courier(callback)
            try await system.settled()
            #expect(try await system.report(Self.id, .taken)?.effect == .request)
            #expect(try await system.bookings() == ["1 requested"])
            for _ in 0..<2 { try await system.append(try Self.booked()) }
            try await system.settled()
            #expect(try await system.bookings() == ["1 booked courier TRK-1 12.5000"])
            let order = try #require(try await system.order("1"))
            #expect(order.orderStatus == "SHIPPED")
            #expect(order.version == 2)
            #expect(
                try await system.count("SELECT count(*) FROM orders WHERE shipping_fee = 12.5 AND tracking_number = 'TRK-1'") == 1
            )
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'parked'") == 0)
            let jobs = try await system.jobs()
            #expect(
                jobs.suffix(2) == [
                    "shopify-admin-notifications notify:\(Self.id):fulfillment:1",
                    "shopify-admin-notifications notify:\(Self.id):shipped:1",
                ]
            )
            // The shop's own word on what we told it changes nothing.
            let announced = #"""
                ,"fulfillment_status":"fulfilled","fulfillments":[{"id":9,"status":"success","updated_at":"2026-01-19T09:00:00Z",
                 "tracking_company":"Courier","tracking_number":"TRK-1"}]
                """#
            _ = try await client.shopify(Self.order(5, more: announced))
            try await system.settled()
            #expect(try await system.bookings() == ["1 booked courier TRK-1 12.5000"])
            #expect(try await system.jobs() == jobs)
            #expect(try await system.brokenPromises() == [])
            let rebuild = Rebuild(pool: system.pool, booking: BookingPolicy())
            #expect(try await rebuild.run(dryRun: false).differing == 0)
            #expect(try await system.jobs() == jobs)
        }
    }

    @Test func `a word that is mapped later has its orders merged anew, and the shop told once`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            _ = try await system.report(Self.id, .taken)
            try await system.append(try Self.booked())
            try await system.settled()
            let callback =
                #"{"tracking_number":"TRK-1","status":"on_a_boat","courier":"courier","timestamp":"2026-01-19T08:00:00Z"}"#
            _ = try await client.courier(callback)
            try await system.settled()
            let told = "notify:\(Self.id):"
            let notifications = "SELECT replace(key, '\(told)', '') FROM jobs WHERE key LIKE '\(told)%' ORDER BY 1"
            #expect(try await system.texts(notifications) == ["fulfillment:1"])
            let word = CourierStatusMap.Mapping(provider: "native", status: "on_a_boat", normalised: .delivered)
            let refold = Refold(pool: system.pool, booking: BookingPolicy(), effects: BookingEffects())
            for isFirst in [true, false] {
                let found = try await system.pool.withConnection { connection in
                    try connection.transaction { _ = try $0.commit(with: CourierStatusTable.put(word, by: "test")) }
                    return try ScannedOrders(saying: " On_a_Boat", after: nil, on: connection)
                }
                #expect(found.orders == [Self.id])
                #expect(try await refold.run(found.orders) == (isFirst ? 1 : 0, []))
                #expect(try await system.order("1")?.orderStatus == "DELIVERED")
                #expect(try await system.texts(notifications) == ["delivered:1", "fulfillment:1", "shipped:1"])
            }
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `another address cancels the label and books anew, once`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            _ = try await system.report(Self.id, .taken)
            try await system.append(try Self.booked())
            _ = try await client.shopify(Self.order(2, city: "Giza"))
            try await system.settled()
            #expect(try await system.bookings() == ["1 cancel_requested courier TRK-1 12.5000"])
            try await system.append(.bookingCancelled(Self.attempt, receivedAt: TestClock.now()))
            try await system.settled()
            #expect(try await system.bookings() == ["1 cancelled courier TRK-1 12.5000", "2 claimed"])
            #expect(try await system.order("1")?.orderStatus == "CONFIRMED")
            #expect(
                try await system.jobs().filter { !$0.contains("notify") } == [
                    "courier-commands cancel:\(Self.id):1", "internal-booking-events book:\(Self.id):1",
                    "internal-booking-events book:\(Self.id):2",
                ]
            )
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `what the shop was not told because it was stale is told when it is wanted again`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            let take = try #require(try await system.report(Self.id, .taken)?.booking?.takes)
            try await system.append(try Self.booked())
            _ = try await client.shopify(Self.order(2, city: "Giza"))
            try await system.settled()
            #expect(try await system.bookings() == ["1 cancel_requested courier TRK-1 12.5000"])
            // A worker takes the notification up, finds it stale and ends it.
            let looked = try await system.report(Self.id, nil, notification: .fulfillment)
            #expect(looked?.isNotificationWanted == false)
            try await system.execute("DELETE FROM jobs WHERE key LIKE 'notify:%'")
            _ = try await system.report(Self.id, .cancelRefused, take: take)
            #expect(try await system.bookings() == ["1 booked courier TRK-1 12.5000"])
            let jobs = try await system.jobs().filter { $0.contains("notify") }
            #expect(jobs == ["shopify-admin-notifications notify:\(Self.id):fulfillment:1"])
            let again = try await system.report(Self.id, nil, notification: .fulfillment)
            #expect(again?.isNotificationWanted == true)
            // What is wanted keeps its key.
            #expect(try await system.count("SELECT count(*) FROM job_keys WHERE key LIKE 'notify:%'") == 1)
        }
    }

    /// A worker told the shop and died; the shop's own word on it was merged; the merchant takes it back later.
    @Test func `what an earlier attempt may have told the shop is not told again when it is wanted again`() async throws {
        try await Self.with { system, client in
            func fulfilled(_ second: Int, _ status: String) -> String {
                Self.order(
                    second,
                    more: #"""
                        ,"fulfillments":[{"id":9,"status":"\#(status)","updated_at":"2026-01-18T18:43:0\#(second)Z",
                         "tracking_company":"Courier","tracking_number":"TRK-1"}]
                        """#
                )
            }
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            _ = try await system.report(Self.id, .taken)
            try await system.append(try Self.booked())
            try await system.settled()
            _ = try await client.shopify(fulfilled(2, "success"))
            try await system.settled()
            let looked = try await system.report(Self.id, nil, notification: .fulfillment, mayHaveTold: true)
            #expect(looked?.isNotificationWanted == false)
            try await system.execute("DELETE FROM jobs WHERE key LIKE 'notify:%'")
            _ = try await client.shopify(fulfilled(3, "cancelled"))
            try await system.settled()
            #expect(try await system.report(Self.id, nil, notification: .fulfillment)?.isNotificationWanted == true)
            #expect(try await system.jobs().filter { $0.contains("notify") } == [])
        }
    }

    @Test func `a cancelled order asks for its parcel back`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            _ = try await system.report(Self.id, .taken)
            try await system.append(try Self.booked())
            try await system.settled()
            let callback =
                #"{"tracking_number":"TRK-1","status":"shipped","courier":"courier","timestamp":"2026-01-19T08:00:00Z"}"#
            _ = try await client.courier(callback)
            try await system.settled()
            _ = try await client.shopify(Self.order(5, more: Self.cancelled))
            try await system.settled()
            #expect(try await system.bookings() == ["1 return_requested courier TRK-1 12.5000"])
            #expect(try await system.jobs().contains("courier-commands return:\(Self.id):1"))
            try await system.append(.bookingReturned(Self.attempt, receivedAt: TestClock.now()))
            try await system.settled()
            #expect(try await system.bookings() == ["1 returned courier TRK-1 12.5000"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a label that comes after the attempt was given up is taken back`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            let take = try #require(try await system.report(Self.id, .taken)?.booking?.takes)
            _ = try await system.report(Self.id, .lost, take: take)
            #expect(try await system.report(Self.id, .taken)?.effect == .lookUp)
            // The first worker wakes up and is not heard.
            #expect(try await system.report(Self.id, .absent, take: take)?.effect == nil)
            #expect(try await system.bookings() == ["1 unknown"])
            _ = try await client.shopify(Self.order(2, city: "Giza"))
            try await system.settled()
            #expect(try await system.report(Self.id, .absent, take: take + 1)?.effect == nil)
            #expect(try await system.bookings() == ["1 cancelled", "2 claimed"])
            try await system.append(try Self.booked())
            try await system.settled()
            #expect(try await system.bookings() == ["1 cancel_requested courier TRK-1 12.5000 late", "2 claimed"])
            try await system.append(.bookingCancelled(Self.attempt, receivedAt: TestClock.now()))
            try await system.settled()
            #expect(try await system.bookings() == ["1 cancelled courier TRK-1 12.5000 late", "2 claimed"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a refusal is flagged and blocks until the address changes`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            _ = try await system.report(Self.id, .taken)
            _ = try await system.report(Self.id, .refused)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_rejected}'") == 1)
            _ = try await client.shopify(Self.order(2))
            try await system.settled()
            #expect(try await system.bookings() == ["1 rejected"])
            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_rejected}'") == 1)
            _ = try await client.shopify(Self.order(3, city: "Giza"))
            try await system.settled()
            #expect(try await system.bookings() == ["1 rejected", "2 claimed"])
            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_rejected}'") == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `effects that are switched off leave no trace`() async throws {
        try await Self.with(settings: ["BOOKING": "off"]) { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            #expect(try await system.bookings() == [])
            #expect(try await system.jobs() == [])
        }
    }

    @Test func `nobody from outside can claim to be our own worker`() async throws {
        try await Self.with { system, client in
            _ = try await client.shopify(Self.order(1))
            let forged = try Self.booked()
            _ = try await client.shopify(String(decoding: forged.body, as: UTF8.self), topic: "booking/booked")
            try await system.settled()
            #expect(try await system.bookings() == ["1 claimed"])
        }
    }
}

extension TestSystem {
    /// "attempt state label", the first attempt first.
    func bookings() async throws -> [String] {
        try await texts(
            """
            SELECT concat_ws(' ', attempt, state, courier, tracking_number, fee, CASE WHEN late THEN 'late' END)
            FROM bookings ORDER BY order_id, attempt
            """
        )
    }

    /// "queue key", sorted.
    func jobs() async throws -> [String] {
        try await texts("SELECT queue || ' ' || key FROM jobs ORDER BY 1")
    }

    func append(_ event: IncomingEvent) async throws {
        _ = try await pool.withConnection { try EventAppend.append([event], on: $0) }
    }

    /// Reports on the first attempt of an order, as a worker does.
    func report(
        _ order: OrderID,
        _ event: BookingEvent?,
        take: Int32? = nil,
        notification: ShopNotification.Intent? = nil,
        mayHaveTold: Bool = false
    ) async throws -> BookingAnswer? {
        let transaction = BookingTransaction(policy: BookingPolicy(), effects: BookingEffects())
        let report = BookingReport(
            order: order,
            attempt: 1,
            event: event,
            take: take,
            notification: notification,
            mayHaveTold: mayHaveTold
        )
        return try await pool.withConnection { try transaction.run([report], on: $0).answers[0].get() }
    }
}
