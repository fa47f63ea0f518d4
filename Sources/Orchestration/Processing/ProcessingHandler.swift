import EventStore
import FoundationEssentials
import Logging
import Postgres
import Queues

/// Ends the background work on an order of the storefront.
struct ProcessingHandler: JobHandler {
    let pool: PostgresPool
    let logger: Logger

    func run(_ job: ClaimedJob) async throws -> JobOutcome {
        guard let id = ProcessingJob.order(of: job) else {
            return .dead(reason: "the input names no order", answer: nil)
        }
        let processed = try await job.call { _ in
            try await pool.withConnection { try StorefrontOrderTable.process(id, on: $0) }
        }
        switch processed {
        case .processed:
            // This sentence is promised to operators word for word, so it is not a constant one.
            logger.info("Order #\(id) Processed", metadata: ["order.id": "\(job.orderID.uuidString.lowercased())"])
            return .done(answer: nil)
        case .known:
            return .done(answer: nil)
        case .unknown:
            return .cancelled(reason: "the storefront has no order \(id)")
        }
    }
}
