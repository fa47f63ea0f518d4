package import Orders

/// Compares what became of the same events in many arrival orders.
package struct ArrivalCheck: Sendable {
    /// One order in one arrival order.
    private struct Place: Sendable {
        /// What the order is called in every arrival order.
        var name: String
        var id: OrderID
        /// Whether the bodies are the same bytes in every arrival order, so that the registers are, too.
        var isVerbatim: Bool
    }

    private let copies: [[Place]]
    package let observed: [OrderID: ObservedDelivery.Order]
    package let expected: [OrderID: ExpectedOrder]
    /// Whether couriers were booked: then calls may differ between arrival orders, and with them what couriers told.
    package let booking: Bool

    package init(
        _ set: EventSet,
        _ plan: ArrivalPlan,
        observed: [OrderID: ObservedDelivery.Order],
        expected: [OrderID: ExpectedOrder],
        booking: Bool
    ) throws {
        self.observed = observed
        self.expected = expected
        self.booking = booking
        let names = try set.drafts.map { draft in
            try draft.events(at: .epoch).compactMap { $0.subject.isOrder ? "\($0.shop) \($0.refID)" : nil }
        }
        copies = try plan.copies.map { copy in
            var places: [String: Place] = [:]
            for (index, draft) in copy.drafts.enumerated() where !names[index].isEmpty {
                let isVerbatim = draft.body == set.drafts[index].body
                for (name, event) in zip(names[index], try draft.events(at: .epoch)) {
                    guard case .order(let id) = event.subject else { continue }
                    places[name, default: Place(name: name, id: id, isVerbatim: true)].isVerbatim &= isVerbatim
                }
            }
            return places.values.sorted { $0.name < $1.name }
        }
    }

    /// The hash of the registers of all orders that are the same bytes in every arrival order, in each of them.
    package var stateHashes: [Digest] {
        copies.map { digest($0.filter(\.isVerbatim)) { observed[$0]?.stateHash?.hex } }
    }

    /// The hash of what everybody sees of all orders, in each arrival order.
    package var columnHashes: [Digest] {
        copies.map { digest($0) { booking ? observed[$0]?.ownColumns : observed[$0]?.columns } }
    }

    /// The same hash of registers, by the pure fold over what was sent.
    package var foldHash: Digest? {
        copies.first.map { digest($0.filter(\.isVerbatim)) { expected[$0]?.stateHash.hex } }
    }

    /// Invariant I2 over all arrival orders.
    package var assertions: [Assertion] {
        var assertions = [oneOf(columnHashes, "what everybody sees of the orders is the same in every arrival order")]
        if !booking {
            assertions.append(oneOf(stateHashes, "one state hash in every arrival order"))
            let fold = foldHash
            assertions.append(
                Assertion(
                    "that state hash is the one of the pure fold",
                    stateHashes.allSatisfy { $0 == fold },
                    fold?.hex ?? "nothing was sent"
                )
            )
        }
        return assertions
    }

    /// Arrival orders that came out otherwise than most.
    package var divergent: Int {
        var counts: [Digest: Int] = [:]
        for hash in columnHashes { counts[hash, default: 0] += 1 }
        return copies.count - (counts.values.max() ?? 0)
    }

    private func oneOf(_ hashes: [Digest], _ claim: String) -> Assertion {
        let distinct = Set(hashes)
        let examples = distinct.prefix(3).map { hash in
            "\(hash.hex.prefix(12))… in #\(hashes.firstIndex(of: hash) ?? 0)"
        }
        return Assertion(
            claim,
            distinct.count == 1,
            distinct.count == 1
                ? "\(hashes.count) arrival orders, \(hashes[0].hex.prefix(12))…"
                : "\(distinct.count) different ones, \(examples.joined(separator: ", "))"
        )
    }

    private func digest(_ places: [Place], _ text: (OrderID) -> String?) -> Digest {
        Digest(of: Array(places.map { "\($0.name) \(text($0.id) ?? "missing")" }.joined(separator: "\n").utf8))
    }
}

extension Subject {
    fileprivate var isOrder: Bool {
        if case .order = self { return true }
        return false
    }
}

extension Bool {
    fileprivate static func &= (value: inout Bool, other: Bool) { value = value && other }
}
