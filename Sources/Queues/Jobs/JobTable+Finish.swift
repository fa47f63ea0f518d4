import EventStore
package import FoundationEssentials
package import Postgres

/// Ending attempts, many in one statement.
extension JobTable {
    /// An attempt that has ended, with the wait before the next one.
    package struct Finish: Sendable {
        package var id: Int64
        package var orderID: UUID
        package var attempt: Int32
        package var outcome: JobOutcome
        /// For outcomes that try again.
        package var delay: Duration
        /// When its calls were let through, in microseconds of the limit's time.
        package var turns: [Int64]

        package init(_ job: ClaimedJob, _ outcome: JobOutcome, delay: Duration = .zero, turns: [Int64] = []) {
            id = job.id
            orderID = job.orderID
            attempt = job.attempt
            self.outcome = outcome
            self.delay = delay
            self.turns = turns
        }
    }

    /// What became of jobs whose attempts ended; one that another worker has claimed meanwhile counts nowhere.
    package struct Finished: Sendable, Equatable {
        package var ended = 0
        package var waiting = 0
        package var dead = 0

        package init(ended: Int = 0, waiting: Int = 0, dead: Int = 0) {
            self.ended = ended
            self.waiting = waiting
            self.dead = dead
        }
    }

    /// Longest reason that is kept, in characters, and largest answer, in bytes.
    package static let (maxReason, maxAnswer) = (1_000, 16_384)
    /// Turns that a job remembers.
    package static let maxTurns: Int32 = 32

    /// Writes down how attempts ended; of an order that has lost its personal data neither the answer nor the reason is kept. Safe
    /// to repeat: an attempt ends once.
    package static func finish(_ finishes: [Finish], on connection: isolated PostgresConnection) throws -> Finished {
        let finishes = finishes.sorted { ($0.orderID.uuidString, $0.id) < ($1.orderID.uuidString, $1.id) }
        let facts = finishes.map { Facts($0.outcome) }
        let bindings: [Binding] = [
            .uuids(finishes.map(\.orderID)), .int8s(finishes.map(\.id)), .int4s(finishes.map(\.attempt)),
            .texts(facts.map(\.kind)), .texts(facts.map(\.reason)), .byteses(facts.map(\.answer)),
            .int8s(finishes.map(\.delay.wholeMicroseconds)),
            .texts(finishes.map { "{\($0.turns.map(String.init).joined(separator: ","))}" }), .int4(maxTurns),
            .text(PersonalData.removedReason),
        ]
        // The flight is one transaction; each of its statements sees what was committed before it began.
        let rows = try connection.pipeline([(RedactionRow.permit, []), (finish, bindings)])[1]
        var finished = Finished()
        for row in rows {
            let count: Int = try row.decode(1)
            switch try row.decode(0, as: String.self) {
            case "dead": finished.dead = count
            case "ready": finished.waiting = count
            default: finished.ended = count
            }
        }
        return finished
    }

    /// An outcome as columns; nothing that PostgreSQL would refuse, and nothing without a bound.
    private struct Facts {
        var kind: String
        var reason: String?
        var answer: [UInt8]?

        init(_ outcome: JobOutcome) {
            switch outcome {
            case .done(let answer): (kind, reason, self.answer) = ("done", nil, answer)
            case .cancelled(let reason): (kind, self.reason, answer) = ("cancelled", reason, nil)
            case .retry(let reason, let answer, _): (kind, self.reason, self.answer) = ("retry", reason, answer)
            case .postpone(let reason, _), .throttled(let reason, _): (kind, self.reason, answer) = ("postpone", reason, nil)
            case .leftAlone(let reason, _, _): (kind, self.reason, answer) = ("leave", reason, nil)
            case .dead(let reason, let answer): (kind, self.reason, self.answer) = ("dead", reason, answer)
            }
            reason = reason.map { String($0.prefix(maxReason)).filter { $0 != "\0" } }
            answer = answer.map { Array($0.prefix(maxAnswer)) }
        }
    }

    /// Run by every runner for what ended while its last flight was under way. Served by `jobs_pkey`, `orders_pkey` and
    /// `redactions_pkey`.
    private static let finish = Statement(
        "jobs_finish",
        """
        WITH outcomes AS (
            SELECT
                t.order_id, t.id, t.attempt, t.kind, t.delay, t.turns::bigint[] AS new_turns,
                CASE WHEN t.reason IS NOT NULL AND order_is.redacted THEN $10 ELSE t.reason END AS reason,
                CASE WHEN NOT order_is.redacted THEN t.answer END AS answer
            FROM unnest(
                $1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::bytea[], $7::bigint[], $8::text[]
            ) AS t (order_id, id, attempt, kind, reason, answer, delay, turns)
            CROSS JOIN LATERAL (
                SELECT EXISTS (SELECT FROM orders AS o WHERE o.id = t.order_id AND \(RedactionRow.hasRedaction)) AS redacted
            ) AS order_is
        ), ended AS (
            DELETE FROM jobs AS j USING outcomes AS o
            WHERE o.kind IN ('done', 'cancelled')
                AND j.order_id = o.order_id AND j.id = o.id AND j.attempt = o.attempt AND j.state = 'running'
            RETURNING j.*, o.kind, o.reason, o.answer, o.new_turns
        ), filed AS (
            INSERT INTO finished_jobs (
                order_id, id, queue, key, shop, input, outcome, reason, attempt, worker, last_error, answer, created_at,
                started_at, turns)
            SELECT
                e.order_id, e.id, e.queue, e.key, e.shop, e.input, e.kind, e.reason, e.attempt, e.worker, e.last_error,
                e.answer, e.created_at, e.started_at, e.turns || e.new_turns
            FROM ended AS e
            RETURNING 'ended' AS state
        ), kept AS (
            UPDATE jobs AS j SET
                state = CASE
                    WHEN o.kind = 'dead' OR o.kind = 'retry' AND j.attempt >= j.max_attempts THEN 'dead' ELSE 'ready' END,
                max_attempts = j.max_attempts + CASE WHEN o.kind IN ('postpone', 'leave') THEN 1 ELSE 0 END,
                left_alone_since = CASE o.kind WHEN 'leave' THEN coalesce(j.left_alone_since, now()) END,
                run_at = now() + o.delay * interval '1 microsecond', lease_until = NULL, last_error = o.reason,
                last_answer = coalesce(o.answer, j.last_answer), updated_at = now(),
                turns = (j.turns || o.new_turns)[cardinality(j.turns) + cardinality(o.new_turns) - $9 + 1:]
            FROM outcomes AS o
            WHERE o.kind IN ('retry', 'postpone', 'leave', 'dead')
                AND j.order_id = o.order_id AND j.id = o.id AND j.attempt = o.attempt AND j.state = 'running'
            RETURNING j.state
        )
        SELECT s.state, count(*) FROM (SELECT state FROM filed UNION ALL SELECT state FROM kept) AS s GROUP BY s.state
        """
    )
}
