import Postgres

/// All measurements, one after the other.
package struct BenchRun: Sendable {
    /// What can be measured alone.
    package enum Part: String, CaseIterable, Sendable {
        case ingest
        case endToEnd = "end-to-end"
        case hotOrder = "hot-order"
        case fanOut = "fan-out"
        case flashSale = "flash-sale"
        case console
    }

    private let rig: BenchRig
    private let parts: Set<Part>

    package init(rig: BenchRig, parts: Set<Part> = Set(Part.allCases)) {
        self.rig = rig
        self.parts = parts
    }

    /// Measures everything; takes some minutes.
    package func run() async throws -> BenchReport {
        try await rig.withConnection(BenchDatabase.prepare)
        try await recycleLog()
        let facts =
            MachineFacts.machine + (try await rig.withConnection(MachineFacts.database)) + (try await MachineFacts.redis(rig))
        var report = BenchReport(facts: facts)
        if parts.contains(.ingest) { try await latency(try await throughput(&report), &report) }
        if parts.contains(.endToEnd) { try await endToEnd(&report) }
        if parts.contains(.hotOrder) { try await hotOrder(&report) }
        if parts.contains(.fanOut) { try await fanOut(&report) }
        if parts.contains(.flashSale) { try await flashSale(&report) }
        if parts.contains(.console) { try await ConsoleFigures(rig: rig).measure(&report) }
        try await rig.withConnection(BenchDatabase.empty)
        return report
    }

    private func recycleLog() async throws {
        do {
            try await rig.withConnection(BenchDatabase.recycleLog)
        } catch let error as PostgresError where error.isInsufficientPrivilege {
            rig.console.note("Commits may wait while PostgreSQL makes new log segments: \(error)")
        }
    }

    /// No-op, ingest and pgbench take turns, so that a slow minute of the machine meets all of them.
    private func throughput(_ report: inout BenchReport) async throws -> Measurement {
        var floors: [Double] = []
        var samples: [IngestThroughput.Sample] = []
        var inserts: [Double] = []
        for repetition in 0..<rig.size.repetitions {
            note("no-op server", repetition)
            floors.append(try await NoopThroughput(rig: rig).run(repetition: repetition))
            note("ingest at saturation", repetition)
            samples.append(try await IngestThroughput(rig: rig).run(repetition: repetition))
            note("pgbench", repetition)
            if let rate = try await PgbenchInserts(rig: rig).run() { inserts.append(rate) }
        }
        let noop = Measurement("no-op POST, same server", unit: "requests/s", values: floors)
        let ingest = Measurement("ingest at saturation", unit: "webhooks/s", values: samples.map(\.rate))
        report.measurements += [noop, ingest, ingest.ratio(to: noop, name: "ingest : no-op", goal: .atLeast(0.45))]
        if !inserts.isEmpty {
            let pgbench = Measurement("pgbench, one row a transaction", unit: "rows/s", values: inserts)
            report.measurements += [pgbench, ingest.ratio(to: pgbench, name: "ingest : pgbench", goal: .atLeast(1.5))]
        }
        report.measurements += [
            Measurement(
                "ingest: round trips per event",
                unit: "",
                values: samples.map(\.roundTripsPerEvent),
                goal: .atMost(0.1)
            ),
            Measurement("ingest: fsyncs per event", unit: "", values: samples.map(\.walSyncsPerEvent), goal: .atMost(0.02)),
            Measurement("ingest: processor time per event", unit: "µs", values: samples.map(\.processorTimePerEvent)),
            memory("ingest at saturation: peak memory", samples.map(\.memory)),
        ]
        report.assertions += samples.flatMap(\.assertions)
        return ingest
    }

    private func latency(_ ingest: Measurement, _ report: inout BenchReport) async throws {
        var samples: [IngestLatency.Sample] = []
        for repetition in 0..<rig.size.repetitions {
            note("latency at half load", repetition)
            samples.append(try await IngestLatency(rig: rig, rate: ingest.median / 2).run(repetition: repetition))
        }
        for (name, share, goal) in [("p50", 0.5, nil), ("p99", 0.99, Measurement.Goal.atMost(20))] {
            report.measurements.append(
                Measurement(
                    "ingest at half load: \(name)",
                    unit: "ms",
                    values: samples.map { $0.latencies.quantile(share).inSeconds * 1_000 },
                    goal: goal
                )
            )
        }
        report.assertions += samples.flatMap(\.assertions)
    }

    private func endToEnd(_ report: inout BenchReport) async throws {
        var samples: [EndToEnd.Sample] = []
        for repetition in 0..<rig.size.repetitions {
            note("end to end", repetition)
            samples.append(try await EndToEnd(rig: rig).run(repetition: repetition))
        }
        report.measurements += [
            Measurement("end to end", unit: "events/s", values: samples.map(\.rate), goal: .atLeast(8_000)),
            Measurement(
                "end to end: round trips per event",
                unit: "",
                values: samples.map(\.roundTripsPerEvent),
                goal: .atMost(0.1)
            ),
            Measurement("end to end: fsyncs per event", unit: "", values: samples.map(\.walSyncsPerEvent), goal: .atMost(0.02)),
            Measurement(
                "end to end: processor time of ingest per event",
                unit: "µs",
                values: samples.map(\.processorTimePerEvent.ingest)
            ),
            Measurement(
                "end to end: processor time of the orchestrators per event",
                unit: "µs",
                values: samples.map(\.processorTimePerEvent.orchestrators)
            ),
            memory("ingest: peak memory", samples.map(\.ingestMemory)),
            memory("orchestrator: peak memory", samples.map(\.orchestratorMemory)),
        ]
        report.assertions += samples.flatMap(\.assertions)
    }

    private func hotOrder(_ report: inout BenchReport) async throws {
        var samples: [HotOrder.Sample] = []
        for repetition in 0..<rig.size.repetitions {
            note("hot order", repetition)
            samples.append(try await HotOrder(rig: rig).run(repetition: repetition))
        }
        let name = "hot order, \(rig.size.hotOrder) webhooks: consistent after"
        report.measurements.append(Measurement(name, unit: "s", values: samples.map(\.seconds), goal: .atMost(0.4)))
        report.assertions += samples.flatMap(\.assertions)
    }

    private func fanOut(_ report: inout BenchReport) async throws {
        var samples: [FanOut.Sample] = []
        for repetition in 0..<rig.size.repetitions {
            note("fan-out", repetition)
            samples.append(try await FanOut(rig: rig).run(repetition: repetition))
        }
        let passes = samples.flatMap(\.passes)
        report.measurements += [
            Measurement("fan-out to a sink", unit: "calls/s", values: passes.map(\.free.rate), goal: .atLeast(5_000)),
            Measurement("fan-out, limit that does not bind", unit: "calls/s", values: passes.map(\.limited.rate)),
            Measurement(
                "fan-out with : without limit, in pairs",
                unit: "×",
                values: passes.map { $0.limited.rate / $0.free.rate },
                goal: .atLeast(0.95)
            ),
            Measurement(
                "fan-out: processor time of the machine per call",
                unit: "µs",
                values: passes.map { $0.free.processorTime * 1e6 }
            ),
            // Machines that others share give more or less time from second to second, but not more or less work.
            Measurement(
                "fan-out: processor time with : without limit, in pairs",
                unit: "×",
                values: passes.map { $0.limited.processorTime / $0.free.processorTime },
                goal: .atMost(1.05)
            ),
            Measurement(
                "fan-out, idle: commit to start, p99",
                unit: "ms",
                values: samples.map { $0.starts.quantile(0.99).inSeconds * 1_000 },
                goal: .atMost(15)
            ),
            Measurement(
                "fan-out: share of a limit that binds",
                unit: "×",
                values: samples.map(\.shareOfLimit),
                goal: .atLeast(0.99)
            ),
            Measurement(
                "fan-out, no doorbell: commit to start",
                unit: "s",
                values: samples.map(\.withoutRing.inSeconds),
                goal: .atMost(2)
            ),
            Measurement(
                "fan-out, worker killed: claim to next start",
                unit: "s",
                values: samples.map(\.afterDeath.inSeconds),
                goal: .atMost(15)
            ),
        ]
        report.assertions += samples.flatMap(\.assertions)
    }

    /// Shared and single transactions take turns, so that a slow minute of the machine meets both.
    private func flashSale(_ report: inout BenchReport) async throws {
        var shared: [FlashSaleRates.Sample] = []
        var single: [FlashSaleRates.Sample] = []
        for repetition in 0..<rig.size.repetitions {
            note("flash sale", repetition)
            shared.append(try await FlashSaleRates(rig: rig).run(repetition: repetition))
            note("flash sale, a transaction for each order", repetition)
            single.append(try await FlashSaleRates(rig: rig, sharesTransactions: false).run(repetition: repetition))
        }
        func rates(_ stock: String, _ rate: (FlashSaleRates.Sample) -> Double, ratio: Measurement.Goal?) -> [Measurement] {
            let name = "flash sale, \(rig.size.buyers) buyers, \(stock)"
            let own = Measurement(name, unit: "attempts/s", values: shared.map(rate), goal: .atLeast(3_000))
            let other = Measurement("… a transaction for each order", unit: "attempts/s", values: single.map(rate))
            return [own, other, own.ratio(to: other, name: "… shared : single", goal: ratio)]
        }
        // A refusal writes nothing, so alone it waits for no disk either.
        report.measurements += rates("stock \(rig.size.saleStock)", \.soldOut, ratio: nil)
        report.measurements += rates("stock for all", \.plentiful, ratio: .atLeast(10))
        report.assertions += (shared + single).flatMap(\.assertions)
    }

    private func memory(_ name: String, _ bytes: [Double]) -> Measurement {
        Measurement(name, unit: "MB", values: bytes.map { $0 / 1_000_000 }, goal: .atMost(100))
    }

    private func note(_ what: String, _ repetition: Int) {
        rig.console.note("\(what), \(repetition + 1) of \(rig.size.repetitions) …")
    }
}
