import EventStore
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Orders
import Postgres
import Queues

/// Edits of single orders.
struct OrderEditor: Sendable {
    /// Between two looks whether an edit is merged.
    private static let mergeGlance: Duration = .milliseconds(8)

    let pool: PostgresPool
    let doorbells: DoorbellSender
    let host: HostFacilities
    /// How long an edit waits for an orchestrator to merge it.
    let mergePatience: Duration

    private enum Outcome: Sendable {
        case stored(IncomingEvent)
        case stale(OrderRecord, [OrderChange], waitingEditor: String?)
        case missing
    }

    /// The version is compared and the event stored under the order's lock, so of two edits of one version one is refused.
    @Sendable func edit(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let caller = try call.actor()
        let version = try Self.version(call.request.headers)
        let body = try await call.object(["set", "reason"])
        let edit = try ConsoleEdit(body["set"], reason: try body.input("reason", 0...500))
        let (now, editID) = (host.now(), host.uuid())
        let outcome = try await pool.withConnection { connection in
            try Self.store(edit, of: id, version: version, editID: editID, now: now, call, caller, on: connection)
        }
        switch outcome {
        case .missing: throw APIError.notFound("order")
        case .stale(let record, let changes, let editor): throw Self.conflict(record, changes, waitingEditor: editor)
        case .stored(let event):
            doorbells.ring([id], on: .shopifyEvents)
            let isMerged = try await waitForMerge(of: event)
            guard let record = try await pool.withConnection({ try OrderRecord.read(id, on: $0) }) else {
                throw APIError.notFound("order")
            }
            var answer = record.answer
            if !isMerged { answer.status = .accepted }
            return answer
        }
    }

    /// Gives the order's dead letters fresh attempts and has its failed events merged again.
    @Sendable func retry(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let caller = try call.actor()
        let (requeued, released) = try await pool.withConnection { connection in
            guard try connection.query(OrderEditorStatements.exists, [.uuid(id)])[0].decode(0, as: Bool.self) else {
                throw APIError.notFound("order")
            }
            return try connection.transaction { transaction in
                let released = try Quarantine.release([id], in: &transaction)
                let requeued = try DeadLetters.requeue(DeadLetters.Filter(orderID: id), ratePerSecond: 1_000, in: &transaction)
                try transaction.commit(
                    audited: OperatorAudit.Entry(
                        call,
                        caller,
                        action: "order.retry",
                        target: "order:\(id.text)",
                        after: #"{"released":\#(released),"requeued":\#(requeued)}"#
                    )
                )
                return (requeued, released)
            }
        }
        if released > 0 { doorbells.ring([id], on: .shopifyEvents) }
        return Answer.json { writer in
            writer.member("requeued", Int64(requeued))
            writer.member("released", Int64(released))
        }
    }

    /// Has an order folded anew whose registers cannot be read; false when that is impossible, because events of it were dropped.
    func mend(_ id: UUID) async throws -> Bool {
        let isPossible = try await pool.withConnection { connection in
            // A merge could do nothing for it.
            guard try EventHistory.isComplete(of: id, on: connection) else { return false }
            try UnappliedTable.ring([id], on: connection)
            return true
        }
        if isPossible { doorbells.ring([id], on: .shopifyEvents) }
        return isPossible
    }

    private static func store(
        _ edit: ConsoleEdit,
        of id: UUID,
        version: Int64,
        editID: UUID,
        now: Instant,
        _ call: Call,
        _ caller: Caller,
        on connection: isolated PostgresConnection
    ) throws -> Outcome {
        do {
            let event: IncomingEvent? = try connection.transaction { transaction in
                guard let order = try EditedOrder.lock([id], in: &transaction).first else { return nil }
                guard order.version == version, order.waitingEditor == nil else {
                    throw Stale(waitingEditor: order.waitingEditor)
                }
                if let refusal = edit.refusal(isRedacted: order.isRedacted) { throw refusal }
                let event = edit.event(of: order, id: editID, editor: caller.name, at: order.time(now: now))
                let entry = OperatorAudit.Entry(
                    call,
                    caller,
                    action: "order.edit",
                    target: "order:\(id.text)",
                    before: order.before(edit),
                    after: edit.json,
                    reason: edit.reason
                )
                try transaction.commit(with: [EventAppend.step([event])], audited: entry)
                return event
            }
            return event.map(Outcome.stored) ?? .missing
        } catch let stale as Stale {
            guard let record = try OrderRecord.read(id, on: connection) else { return .missing }
            let bindings: [Binding] = [.uuid(id), .int8(version), .int4(OrderChange.maxShown)]
            let changes = try connection.query(OrderChange.latest, bindings).map(OrderChange.init(row:))
            return .stale(record, changes, waitingEditor: stale.waitingEditor)
        }
    }

    /// The order is not any more what the operator looked at.
    private struct Stale: Error {
        var waitingEditor: String?
    }

    private func waitForMerge(of event: IncomingEvent) async throws -> Bool {
        let deadline = ContinuousClock.now + mergePatience
        let bindings: [Binding] = [.uuid(event.subject.uuid), .uuid(event.fact.uuid), .uuid(event.id.uuid)]
        while ContinuousClock.now < deadline {
            let isMerged = try await pool.withConnection { connection in
                try connection.query(OrderEditorStatements.merged, bindings)[0].decode(0, as: Bool.self)
            }
            if isMerged { return true }
            try await Task.sleep(for: Self.mergeGlance)
        }
        return false
    }

    private static func version(_ headers: HTTPFields) throws -> Int64 {
        guard let text = headers[.ifMatch] else {
            throw APIError(.preconditionRequired, "If-Match must name the version that was edited.", field: "If-Match")
        }
        guard let version = Int64(text.trimmingPrefix("W/").filter { $0 != "\"" }), version >= 0 else {
            throw APIError.invalid("If-Match", "If-Match must be a version in quotes, as \"7\".")
        }
        return version
    }

    private static func conflict(_ record: OrderRecord, _ changes: [OrderChange], waitingEditor: String?) -> APIError {
        let sentence = waitingEditor.map { "An edit of \($0) waits to be merged; look again in a moment." }
        var error = APIError(
            .conflict,
            sentence ?? "The order was changed in the meantime; it has version \(record.summary.version) now."
        )
        func json(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
            var writer = JSONWriter(capacity: 8_192)
            write(&writer)
            return writer.bytes
        }
        error.members = [
            ("current", json { record.write(to: &$0) }),
            (
                "changes",
                json { writer in
                    writer.beginArray()
                    for change in changes { change.write(to: &writer) }
                    writer.endArray()
                }
            ),
            ("changedBy", json { writer in if let change = changes.first { change.write(to: &writer) } else { writer.null() } }),
        ]
        return error
    }
}

/// Run for edits and retries of single orders.
private enum OrderEditorStatements {
    /// Every eight milliseconds while an edit waits for its merge. Served by `audit_log_pkey`.
    static let merged = Statement(
        "order_editor_merged",
        "SELECT EXISTS (SELECT FROM audit_log WHERE subject_id = $1 AND fact_id = $2 AND event_id = $3)"
    )

    /// Once a retry. Served by `orders_pkey`.
    static let exists = Statement("order_editor_exists", "SELECT EXISTS (SELECT FROM orders WHERE id = $1)")
}
