/// One attempt on a job: its deadline, its end.
struct JobAttempt {
    /// How long a job waits when its handler cannot be told that it is given up: longer each time, because what is wrong may be wrong
    /// with its order for good.
    static let deafness = (backoff: Backoff(kind: .exponential, first: .seconds(1)), longest: Duration.seconds(300))

    let handler: any JobHandler
    let deadline: Duration
    /// What a job has of them to begin with; each postponement gives it one more.
    let attempts: Int32
    /// How long a job waits for a party that answers nobody.
    let patience: Duration

    /// Ends at the deadline, unless the handler ignores its cancellation.
    func run(_ job: ClaimedJob) async -> JobOutcome {
        let outcome = endingPatience(await attemptInTime(job), job)
        guard let reason = outcome.reasonToGiveUp(job) else { return outcome }
        do {
            return try await handler.giveUp(job, because: reason) ? outcome : .unwanted(because: reason)
        } catch {
            // Whatever for: it costs a patient job nothing to wait longer.
            let postponed = Int(job.maxAttempts - attempts)
            let wait = Self.deafness.backoff.delay(afterFailures: postponed + 1, jitter: 0)
            let reason = "\(reason); it could not be given up: \(error)"
            return .postpone(reason: reason, after: min(wait, Self.deafness.longest))
        }
    }

    /// Who has answered nobody for so long is not waited for by jobs that have heard so for as long: people have to see it.
    private func endingPatience(_ outcome: JobOutcome, _ job: ClaimedJob) -> JobOutcome {
        guard case .leftAlone(let reason, _, let silence) = outcome, min(silence, job.leftAloneFor) >= patience else {
            return outcome
        }
        return .dead(reason: "\(reason); no answer for \(silence.components.seconds) s", answer: nil)
    }

    private func attempt(_ job: ClaimedJob) async -> JobOutcome {
        do {
            // Nothing begins that another worker may have begun.
            try job.checkLease()
            return try await handler.run(job)
        } catch let closed as StartGate.Closed {
            return closed.isRest
                ? .leftAlone(reason: closed.reason, after: closed.wait) : .postpone(reason: closed.reason, after: closed.wait)
        } catch {
            return .retry(reason: "the attempt failed: \(error)")
        }
    }

    private func attemptInTime(_ job: ClaimedJob) async -> JobOutcome {
        await withTaskGroup(of: JobOutcome?.self) { group in
            group.addTask { await attempt(job) }
            group.addTask {
                // Cut short when the attempt ended, and then nobody reads this result.
                try? await Task.sleep(for: deadline)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // What was done just before the cancellation is done.
            if case .some(.some(.done(let answer))) = await group.next() { return .done(answer: answer) }
            return .retry(reason: "the attempt took longer than \(deadline)")
        }
    }
}
