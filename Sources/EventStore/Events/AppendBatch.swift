import FoundationEssentials
import Orders
import Postgres

/// The columns of one batch, as arrays in the order of the rows.
struct AppendBatch {
    private var subjects: [UUID?] = []
    private var events: [UUID?] = []
    private var firsts: [Bool?] = []
    private var identities: [UUID?] = []
    private var facts: [UUID?] = []
    private var kinds: [String?] = []
    private var sources: [String?] = []
    private var shops: [String?] = []
    private var topics: [String?] = []
    private var references: [String?] = []
    private var bodyHashes: [[UInt8]?] = []
    private var deliveries: [String?] = []
    private var triggers: [Int64?] = []
    private var arrivals: [Int64?] = []
    private var bodies: [[UInt8]?] = []
    private var traces: [UUID?] = []

    init(capacity: Int) {
        subjects.reserveCapacity(capacity)
        bodies.reserveCapacity(capacity)
    }

    /// Adds the next event in key order. A repeat within the batch is a duplicate of the row before it, which takes on the
    /// smaller Triggered-At.
    mutating func add(_ event: IncomingEvent) {
        let isFirst = events.last != event.id.uuid || subjects.last != event.subject.uuid
        if !isFirst, let first = firsts.lastIndex(of: true), let triggeredAt = event.triggeredAt?.microseconds {
            triggers[first] = min(triggers[first] ?? triggeredAt, triggeredAt)
        }
        subjects.append(event.subject.uuid)
        events.append(event.id.uuid)
        firsts.append(isFirst)
        identities.append(event.identity)
        facts.append(event.fact.uuid)
        kinds.append(event.subject.kind)
        sources.append(event.source)
        shops.append(event.shop)
        topics.append(event.topic)
        references.append(event.refID)
        bodyHashes.append(event.bodyHash.bytes)
        deliveries.append(event.deliveryID)
        triggers.append(event.triggeredAt?.microseconds)
        arrivals.append(event.receivedAt.microseconds)
        bodies.append(event.body)
        traces.append(event.traceID)
    }

    /// Parameters of `AppendStatements.append`.
    var bindings: [Binding] {
        [
            .uuids(subjects), .uuids(events), .bools(firsts), .uuids(identities), .uuids(facts), .texts(kinds), .texts(sources),
            .texts(shops), .texts(topics), .texts(references), .byteses(bodyHashes), .texts(deliveries), .timestamptzs(triggers),
            .timestamptzs(arrivals), .byteses(bodies), .uuids(traces),
        ]
    }
}
