import EventStore
import FoundationEssentials
import Orders

@testable import Orchestration

extension World {
    /// Everything that is broken at rest, by the invariant it breaks.
    func broken() -> [String] {
        failures + store.violations + courier.complaints + lost() + divergent() + uncounted() + unwanted() + overRate()
            + remembered()
    }

    /// I1: every acknowledged event is stored and ends with one audit row.
    private func lost() -> [String] {
        acknowledged.compactMap { event in
            let key = SimulatedStore.EventKey(subject: event.subject.uuid, event: event.id.uuid)
            if store.known[key] == nil { return "I1 the acknowledged event \(event.id) is lost" }
            if store.audits[key] == nil { return "I1 the event \(event.id) has no audit row" }
            return nil
        }
    }

    /// I2: the state equals the pure fold over what is stored.
    private func divergent() -> [String] {
        store.orders.compactMap { id, record in
            let waybills = store.ordersByWaybill.filter { $0.value.contains(id) }.map(\.key)
            let ended = ([id.uuid] + waybills).flatMap { store.events[$0] ?? [] }.map(store.read)
            var fold = OrderFold(of: store.lockedOrder(id), statuses: .standard)
            fold.expect(ended)
            for event in ended where !isFailed(event) { fold.add(event) }
            let state = fold.state.version == 0 && record.state.isEmpty ? [] : fold.state.encoded()
            return state == record.state ? nil : "I2 \(id) is not the fold over its events"
        }
    }

    private func isFailed(_ event: StoredEvent) -> Bool {
        store.audits[SimulatedStore.EventKey(subject: event.subjectID, event: event.id.uuid)]?.status == .failed
    }

    /// No order and no event of one that was to be forgotten says where it was to be sent.
    private func remembered() -> [String] {
        store.orders.keys.filter { store.lockedOrder($0).mustRedact }.flatMap { id in
            let kept = [store.orders[id]?.state ?? []] + (store.events[id.uuid] ?? []).map(\.fact.body)
            return kept.contains { String(decoding: $0, as: UTF8.self).contains(#""city":""#) } ? ["\(id) is not forgotten"] : []
        }
    }

    /// I3: the version counts distinct facts, and the feed of an order only goes up.
    private func uncounted() -> [String] {
        var broken: [String] = []
        for (id, record) in store.orders {
            guard let state = try? OrderState(decoding: record.state) else { continue }
            let scans = state.claims.waybills.flatMap { store.events[$0.id.uuid] ?? [] }
            let facts = Set(
                ((store.events[id.uuid] ?? []) + scans)
                    .filter { $0.fact.source != IncomingEvent.bookingSource && !isFailed($0) }.map(\.fact.fact)
            )
            if record.version != Int64(facts.count) {
                broken.append("I3 \(id) has version \(record.version) of \(facts.count) facts")
            }
        }
        var last: [OrderID: Int64] = [:]
        for change in store.feed {
            if change.version < last[change.order] ?? 0 { broken.append("I3 the feed of \(change.order) went back") }
            last[change.order] = change.version
        }
        return broken
    }

    /// I4 and I8: no effect twice, no job that nobody works on, and labels as wanted.
    private func unwanted() -> [String] {
        var broken = store.finishedKeys.filter { $0.value > 1 }.map { "I4 the effect \($0.key) ended \($0.value) times" }
        for (id, bookings) in store.bookings {
            guard let record = store.orders[id], let state = try? OrderState(decoding: record.state) else { continue }
            let projection = OrderProjection(state, policy: policy, bookings: bookings)
            let live = bookings.filter { courier.labels[$0.reference].map { !$0.isTakenBack } ?? false }
            if live.count > 1 { broken.append("I4 \(id) has \(live.count) live labels") }
            let isStuck =
                bookings.contains { $0.state == .rejected || $0.state == .parked } || store.held.contains(id.uuid)
                || record.isQuarantined
            let isOut = live.contains { courier.labels[$0.reference]?.isPicked == true }
            if live.isEmpty == projection.bookability.isWanted, !isStuck, !isOut {
                broken.append("I4 \(id) is \(projection.bookability.isWanted ? "" : "not ") wanted and has \(live.count) labels")
            }
        }
        for job in store.jobs.values where job.isRunning { broken.append("I8 the job \(job.key) runs for ever") }
        return broken
    }

    /// I6: in every window, calls within the limit.
    private func overRate() -> [String] {
        let peak = courier.peak(window: limiter.window)
        return peak > limiter.limit ? ["I6 \(peak) calls in a window of \(limiter.limit)"] : []
    }
}
