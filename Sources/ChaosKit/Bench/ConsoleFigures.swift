/// The promises of the console, as figures of a report.
struct ConsoleFigures: Sendable {
    let rig: BenchRig

    /// Measures them; the lists are filled once.
    func measure(_ report: inout BenchReport) async throws {
        let rates = ConsoleRates(rig: rig)
        note("\(rig.size.consoleOrders) orders for the console", 0)
        let fill = try await rates.fill()
        var answers: [ConsoleRates.Answers] = []
        var frames: [LatencyHistogram] = []
        var sockets: [Double] = []
        var exports: [(rate: Double, early: Double, late: Double)] = []
        for repetition in 0..<rig.size.repetitions {
            note("console: lists and searches", repetition)
            answers.append(try await rates.answers())
            note("console: webhook to frame", repetition)
            let (latencies, seen) = try await rates.frames(repetition: repetition)
            frames.append(latencies)
            note("console: \(rig.size.sockets) sockets", repetition)
            let (memory, told) = try await rates.sockets()
            sockets.append(memory)
            note("console: export", repetition)
            let (rate, early, late, rows) = try await rates.export()
            exports.append((rate, early, late))
            report.assertions += answers[repetition].assertions + seen + told + rows
        }
        let orders = Figures.number(Double(rig.size.consoleOrders))
        report.measurements += [
            Measurement("console, \(orders) orders: first fill of the list", unit: "orders/s", values: [fill]),
            latency("GET /orders?limit=200, p99", answers.map(\.list), 0.99, atMost: 20),
            latency("search, p99", answers.map(\.searches), 0.99, atMost: 60),
            latency("search for two very common words, p99", answers.map(\.commonSearch), 0.99, atMost: 60),
            latency("webhook to frame, p95", frames, 0.95, atMost: 50),
            Measurement(
                "console: \(rig.size.sockets) sockets at \(rig.size.changesPerSecond) changes/s, peak memory",
                unit: "MB",
                values: sockets.map { $0 / 1_000_000 },
                goal: .atMost(150)
            ),
            Measurement("console: export of \(orders) orders", unit: "rows/s", values: exports.map(\.rate)),
            Measurement("console: export, peak memory", unit: "MB", values: exports.map { $0.late / 1_000_000 }),
            Measurement(
                "console: export, peak memory at its end : after a tenth",
                unit: "×",
                values: exports.map { $0.late / $0.early },
                goal: .atMost(1.1)
            ),
        ]
    }

    private func latency(_ name: String, _ latencies: [LatencyHistogram], _ share: Double, atMost goal: Double) -> Measurement {
        Measurement(
            "console: \(name)",
            unit: "ms",
            values: latencies.map { $0.quantile(share).inSeconds * 1_000 },
            goal: .atMost(goal)
        )
    }

    private func note(_ what: String, _ repetition: Int) {
        rig.console.note("\(what), \(repetition + 1) of \(rig.size.repetitions) …")
    }
}
