/// One attempt on a job: its deadline, its end.
struct JobAttempt {
    /// How long a job waits when its handler cannot be told that it is given up.
    static let outageWait: Duration = .seconds(1)

    let handler: any JobHandler
    let deadline: Duration

    /// Ends at the deadline, unless the handler ignores its cancellation.
    func run(_ job: ClaimedJob) async -> JobOutcome {
        let outcome = await attemptInTime(job)
        guard let reason = outcome.reasonToGiveUp(job) else { return outcome }
        do {
            try await handler.giveUp(job, because: reason)
            return outcome
        } catch {
            return .postpone(reason: "\(reason); it could not be given up: \(error)", after: Self.outageWait)
        }
    }

    private func attempt(_ job: ClaimedJob) async -> JobOutcome {
        do {
            // Nothing begins that another worker may have begun.
            try job.gate.checkLease()
            return try await handler.run(job)
        } catch let closed as StartGate.Closed {
            return .postpone(reason: closed.reason, after: closed.wait)
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
