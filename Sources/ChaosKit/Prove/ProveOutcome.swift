import Orders

/// All that a proof has seen, and what is to be said of it.
struct ProveOutcome: Sendable {
    let set: EventSet
    let options: ProveOptions
    let plan: ArrivalPlan
    let faults: FaultPlan
    let deliveries: Int
    let load: LoadResult
    let felt: [FaultRun.Felt]
    let incidents: [LoadIncident]
    /// From the last answer on; nil when something was still left at the limit.
    let quietAfter: Duration?
    let findings: ProveFindings
    let arrivals: ArrivalCheck
    /// Nil where no courier is called.
    let sandbox: SandboxReport?
    /// Processes that ended by themselves.
    let ended: [String]
    /// Services that did not end in good order.
    let undrained: [String]

    /// How long all of it took is the caller's to say.
    var report: ProveReport {
        ProveReport(
            seed: options.seed,
            set: set.name,
            replicas: options.stack.replicas,
            booking: options.stack.booking,
            arrivalOrders: plan.copies.count,
            distinctOrders: plan.distinctOrders,
            deliveries: deliveries,
            attempts: deliveries + load.retries,
            refusals: incidents.count,
            events: findings.check.expected.events.count,
            duplicates: findings.check.observed.duplicateDeliveries,
            orders: findings.check.observed.orders.count,
            sending: load.duration,
            quietAfter: quietAfter,
            lost: findings.lost,
            doubled: findings.doubled,
            divergent: arrivals.divergent,
            stateHash: arrivals.stateHashes.first,
            faults: felt.map(\.record),
            assertions: deliveryAssertions + findings.assertions(booking: options.stack.booking) + arrivals.assertions
                + faultAssertions + sandboxAssertions + processAssertions,
            duration: .zero
        )
    }

    private var deliveryAssertions: [Assertion] {
        let refused = load.outcomes.indices.filter { !load.outcomes[$0].isSuccess }
        let quiet = quietAfter.map { "\(Figures.duration($0)) after the last answer" } ?? "not in \(options.settleLimit)"
        let silences = felt.filter { $0.record.kind.silencesIngest }.map(\.span)
        return [
            .none("every webhook was accepted in the end", refused, of: load.outcomes.count),
            Assertion("everything accepted was brought to its end", quietAfter != nil, quiet),
        ] + AnswerCheck(incidents: incidents, silences: silences).assertions
    }

    private var faultAssertions: [Assertion] {
        let records = felt.map(\.record)
        return [
            .equal("faults that came", records.count, faults.faults.count),
            .none(
                "every fault came",
                records.filter { !$0.happened }.map { "\($0.kind.rawValue): \($0.detail)" },
                of: records.count
            ),
            .none("every fault met load", records.filter { !$0.metLoad }.map(\.kind.rawValue), of: records.count),
            .none(
                options.slack == 1
                    ? "every recovery was within its bound" : "every recovery was within \(options.slack) times its bound",
                records.filter { !$0.isWithinBound }.map { record in
                    "\(record.kind.rawValue) at \(Figures.duration(record.start)): "
                        + (record.recovery.map(Figures.duration) ?? "not in time")
                },
                of: records.count
            ),
        ]
    }

    private var sandboxAssertions: [Assertion] {
        guard let sandbox else { return [] }
        // Where no courier was called, nothing is proved about calls.
        return [Assertion("couriers were called", sandbox.labels > 0, "\(sandbox.labels) labels")]
            + sandbox.assertions.map { $0.named("sandbox: ") }
    }

    private var processAssertions: [Assertion] {
        [
            .none("no process ended by itself", ended, of: options.stack.replicas + 3),
            .none("every service ended in good order at SIGTERM", undrained, of: options.stack.replicas + 1),
        ]
    }
}
