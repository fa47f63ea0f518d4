package import Logging
package import Postgres

extension BatchCommitter {
    /// Does the work for the whole batch; when PostgreSQL refuses it for a reason that another attempt would not change, for
    /// its halves, until whatever is at fault stands alone. One bad request costs the others a few round trips, not their answer.
    ///
    /// - Throws: when nothing of the batch is known to be durable.
    package func dividing<Input, Output>(
        _ batch: [Input],
        _ durability: Durability,
        logger: Logger,
        _ work: ([Input]) throws -> [Output]
    ) throws -> [CommitResult<Output>] {
        do {
            return try work(batch).map(Result.success)
        } catch let error as PostgresError where error.code == .server && error.classification == .permanent {
            guard batch.count > 1 else {
                logger.error("PostgreSQL refused a request.", metadata: ["error": "\(error)"])
                return [.failure(error.blamesInput ? .unstorable : .failed)]
            }
            let middle = batch.count / 2
            let first = try dividing(Array(batch[..<middle]), durability, logger: logger, work)
            do {
                return first + (try dividing(Array(batch[middle...]), durability, logger: logger, work))
            } catch {
                // Those of the first half that are durable must hear so: a buyer who does not would buy again.
                guard durability == .flushed, first.contains(where: { (try? $0.get()) != nil }) else { throw error }
                logger.error("Half of a batch could not be stored.", metadata: ["error": "\(error)"])
                return first + Array(repeating: .failure(.failed), count: batch.count - middle)
            }
        }
    }
}
