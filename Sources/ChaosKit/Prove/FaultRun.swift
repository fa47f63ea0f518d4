import Logging
import Orders

/// Lets the faults of a plan come, one after the other, and measures how long each is felt.
struct FaultRun: Sendable {
    /// How many bounds longer than it may take a recovery is waited for, so that the report can say how long it took.
    private static let patience = 3

    /// A fault that came, and when: the judgement of unanswered requests asks.
    struct Felt: Sendable {
        var record: FaultRecord
        /// From its start to its end.
        var span: ClosedRange<ContinuousClock.Instant>
    }

    let plan: FaultPlan
    let slack: Int
    let injector: FaultInjector
    let watch: RecoveryWatch
    let board: ProveBoard
    let console: Console

    /// Returns what happened.
    func run() async throws -> [Felt] {
        let start = ContinuousClock.now
        var records: [Felt] = []
        for (number, fault) in plan.faults.enumerated() {
            try await Task.sleep(until: start + fault.start, clock: .continuous)
            let title = "fault \(number + 1)/\(plan.faults.count) \(fault.kind.rawValue)"
            board.says(title)
            let metLoad = board.isSending
            let began = ContinuousClock.now
            let injection = try await injector.inject(fault)
            let ended = ContinuousClock.now
            board.says("\(title): recovering")
            async let rest: Void? = injection.rest?()
            let recovery = try await watch.wait(
                for: injection.end,
                withJobs: fault.kind.endsWorkers,
                limit: fault.kind.bound * (slack + Self.patience)
            )
            try await rest
            let restored = ContinuousClock.now
            var record = FaultRecord(
                kind: fault.kind,
                detail: injection.detail,
                start: start.duration(to: began),
                held: began.duration(to: ended),
                recovery: recovery,
                metLoad: metLoad
            )
            record.happened = injection.happened
            record.slack = slack
            record.refusals = board.incidents.count { began <= $0.at && $0.at <= restored }
            records.append(Felt(record: record, span: began...ended))
            board.says("")
            console.note("\(title): \(record.detail), recovered in \(recovery.map(Figures.duration) ?? "…not yet")")
        }
        return records
    }
}
