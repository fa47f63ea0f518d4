package import Orders

/// What a proof found.
package struct ProveReport: Sendable {
    package var seed: UInt64
    package var set: String
    package var replicas: Int
    package var booking: Bool
    package var arrivalOrders: Int
    package var distinctOrders: Int
    package var deliveries: Int
    package var attempts: Int
    package var refusals: Int
    package var events: Int
    package var duplicates: Int
    package var orders: Int
    package var sending: Duration
    /// From the last answer on; nil when something was still left at the limit.
    package var quietAfter: Duration?
    package var lost: Int
    package var doubled: Int
    package var divergent: Int
    /// One for all arrival orders, if the assertion about it holds.
    package var stateHash: Digest?
    package var faults: [FaultRecord]
    package var assertions: [Assertion]
    package var duration: Duration

    package var holds: Bool { assertions.allSatisfy(\.holds) }

    /// How often each kind came, by name.
    package var faultCounts: [String: Int] {
        faults.reduce(into: [:]) { $0[$1.kind.rawValue, default: 0] += 1 }
    }

    /// The run and its faults as text.
    package var text: String {
        let rows = faults.map { fault in
            [
                fault.kind.rawValue, Figures.duration(fault.start), Figures.duration(fault.held),
                fault.recovery.map(Figures.duration) ?? "not in time", Figures.duration(fault.kind.bound), "\(fault.refusals)",
                fault.isWithinBound && fault.metLoad && fault.happened ? "✓" : "✗",
            ]
        }
        let header = ["fault", "at", "held", "recovered in", "bound", "not 2xx", ""]
        return """
            \(set), \(arrivalOrders) arrival orders (\(distinctOrders) distinct), \(replicas) orchestrators\(booking ? ", booking" : "")
            \(deliveries) deliveries in \(Figures.duration(sending)), \(attempts) attempts, \(refusals) not answered 2xx; \
            \(events) events, \(duplicates) duplicates, \(orders) orders
            \(TextTable([header] + rows).text)
            \(faults.count) faults of \(faultCounts.count) kinds · \(lost) lost · \(doubled) doubled · \(divergent) divergent
            state hash \(stateHash?.hex ?? "none")
            """
    }

    /// The report for machines.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("seed", String(seed))
        writer.member("events_of", set)
        writer.member("booking", booking)
        let numbers = [
            ("orchestrators", replicas), ("arrival_orders", arrivalOrders), ("distinct_arrival_orders", distinctOrders),
            ("deliveries", deliveries), ("attempts", attempts), ("attempts_not_2xx", refusals), ("events", events),
            ("duplicate_deliveries", duplicates), ("orders", orders), ("lost", lost), ("doubled", doubled),
            ("divergent", divergent), ("sending_ms", sending.wholeMilliseconds), ("duration_ms", duration.wholeMilliseconds),
        ]
        for (name, number) in numbers { writer.member(name, Int64(number)) }
        writer.member("quiet_after_ms", quietAfter.map { Int64($0.wholeMilliseconds) })
        writer.member("state_hash", stateHash?.hex)
        writer.array("faults", faults) { writer, fault in
            writer.beginObject()
            writer.member("kind", fault.kind.rawValue)
            writer.member("detail", fault.detail)
            writer.member("at_ms", Int64(fault.start.wholeMilliseconds))
            writer.member("held_ms", Int64(fault.held.wholeMilliseconds))
            writer.member("recovery_ms", fault.recovery.map { Int64($0.wholeMilliseconds) })
            writer.member("bound_ms", Int64(fault.kind.bound.wholeMilliseconds))
            writer.member("happened", fault.happened)
            writer.member("met_load", fault.metLoad)
            writer.member("attempts_not_2xx", Int64(fault.refusals))
            writer.member("within_bound", fault.isWithinBound)
            writer.endObject()
        }
        writer.array("assertions", assertions) { writer, assertion in
            writer.beginObject()
            writer.member("claim", assertion.claim)
            writer.member("holds", assertion.holds)
            writer.member("finding", assertion.finding)
            writer.endObject()
        }
        writer.member("holds", holds)
        writer.endObject()
        return writer.bytes
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int { Int(inSeconds * 1_000) }
}
