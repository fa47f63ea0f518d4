/// A place in the code at which a test lets a process die or stall: one for each row of the failure matrix that is a place.
package enum Failpoint: String, CaseIterable, Sendable {
    // Of ingest, with a batch of requests that wait for their answers.
    /// The batch is complete and nothing of it is sent to PostgreSQL.
    case ingestBeforeCommit = "ingest.before-commit"
    /// The batch is durable and nobody is answered.
    case ingestAfterCommit = "ingest.after-commit"
    /// The answers are on their way and no doorbell is; a stall holds the doorbells only.
    case ingestBeforeDoorbell = "ingest.before-doorbell"

    // Of a lane that merges.
    /// Doorbells are received, and nothing of them is read from PostgreSQL.
    case workerAfterRead = "worker.after-read"
    /// The orders are locked and merged, and nothing of it is written.
    case workerInTransaction = "worker.in-transaction"
    /// The merge is committed and the jobs it made are not rung for.
    case workerBeforeJobDoorbell = "worker.before-job-doorbell"
    /// The merge is committed and its doorbells are not acknowledged.
    case workerAfterCommit = "worker.after-commit"

    // Of a job and its call to the outside.
    /// The command is taken and nothing is sent.
    case jobBeforeCall = "job.before-call"
    /// The other side has acted and begun to answer; what it says is not read.
    case jobDuringCall = "job.during-call"
    /// The answer is read and nothing of it is written down.
    case jobAfterCall = "job.after-call"
    /// What the answer says is written down and the job is still running.
    case jobBeforeFinish = "job.before-finish"
}
