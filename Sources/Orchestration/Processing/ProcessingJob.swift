import EventStore
import Orders
import Queues

/// The background work on an order of the storefront, as a job: it waits as a row, not in a worker.
enum ProcessingJob {
    /// The job for an order that was placed; a second one for the same order is never made.
    static func job(for group: FactGroup, after delay: Duration) -> NewJob {
        let event = group.first.event
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("order", event.refID)
        writer.endObject()
        var job = NewJob(
            queue: .storefront,
            key: "process:\(event.refID)",
            orderID: event.subjectID,
            shop: event.shop,
            input: writer.bytes,
            delay: delay
        )
        job.traceID = group.traceID
        return job
    }

    /// The storefront's own id of the order; nil for an input that is none.
    static func order(of job: ClaimedJob) -> Int64? {
        (try? JSONDocument(parsing: job.input))?.root.integer("order")
    }
}

extension StoredFact {
    /// Whether it says that an order was placed at our own storefront.
    var isPlacedOrder: Bool { source == IncomingEvent.storefrontSource && topic == IncomingEvent.placedTopic }
}
