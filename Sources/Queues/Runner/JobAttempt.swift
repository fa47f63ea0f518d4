/// One attempt on a job: its turn, its deadline, its end.
struct JobAttempt {
    /// How long a job waits when nobody can say whose turn it is, or be told that it is given up.
    static let outageWait: Duration = .seconds(1)

    let handler: any JobHandler
    let deadline: Duration
    let metrics: QueueMetrics

    /// Ends at the deadline, unless the handler ignores its cancellation.
    func run(_ job: ClaimedJob) async -> JobOutcome {
        let outcome = await attempt(job)
        guard let reason = outcome.reasonToGiveUp(job) else { return outcome }
        do {
            try await handler.giveUp(job, because: reason)
            return outcome
        } catch {
            return .postpone(reason: "\(reason); it could not be given up: \(error)", after: Self.outageWait)
        }
    }

    private func attempt(_ job: ClaimedJob) async -> JobOutcome {
        if handler.asksForTurn { return await handle(job, within: deadline + StartGate.maxWait) }
        let start = ContinuousClock.now
        do {
            try await job.gate.waitForTurn()
        } catch let closed as StartGate.Closed {
            return .postpone(reason: "the limit of calls is reached", after: closed.wait)
        } catch {
            return .postpone(reason: "the limiter cannot be asked: \(error)", after: Self.outageWait)
        }
        metrics.gotTurn(after: start.duration(to: .now))
        return await handle(job, within: deadline)
    }

    private func handle(_ job: ClaimedJob, within deadline: Duration) async -> JobOutcome {
        await withTaskGroup(of: JobOutcome?.self) { group in
            group.addTask { await handler.run(job) }
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
