@testable import Queues

/// What `limiter.lua` does, on one clock that everybody shares.
struct ModelLimit {
    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        var count: Int
        var until: Instant
    }

    let limit: RateLimit
    /// How long after its start a turn's call may end.
    let longest: Duration
    let start: Instant
    private var entries: [String: Entry] = [:]
    private var opens: Instant
    private var states = 0
    private var hasForgotten = true
    private var grants = 0

    init(_ limit: RateLimit, longest: Duration, start: Instant) {
        self.limit = limit
        self.longest = longest
        self.start = start
        opens = start
    }

    private var used: Int { entries.values.reduce(0) { $0 + $1.count } }

    mutating func forget() {
        entries = [:]
        hasForgotten = true
    }

    /// Answers at `now` what was asked at `asked`.
    mutating func answer(_ question: TurnQueue.Question, knowing state: String?, asked: Instant, now: Instant) -> Limiter.Grant {
        let window = limit.keptWindow
        if hasForgotten {
            hasForgotten = false
            states += 1
            opens = max(opens, now + window + Limiter.lead)
        }
        if let closing = question.closing { opens = max(opens, now + max(.zero, asked.duration(to: closing))) }
        for returned in question.returned {
            let name = returned.bundle.name
            if returned.used != returned.bundle.count { entries["\(name)*\(returned.bundle.count)"] = nil }
            guard returned.used > 0 else { continue }
            let age = returned.end.duration(to: asked)
            let end = max(now - age, min(returned.bundle.start, now + Limiter.lead))
            entries["\(name)*\(returned.used)"] = Entry(count: returned.used, until: end + window)
        }
        for bundle in question.held {
            entries["\(bundle.name)*\(bundle.count)"] = Entry(count: bundle.count, until: now + longest + window)
        }
        entries = entries.filter { $0.value.until > now }
        let bundles = state == "\(states)" ? grant(question.wanted, spare: question.spare, now: now) : []
        var free = limit.maxStarts - used
        var next = now
        for entry in coming where free <= 0 {
            free += entry.count
            next = min(entry.until, now + window)
        }
        return Limiter.Grant(
            bundles: bundles,
            useBy: asked + limit.shelfLife,
            soon: 0,
            wait: now.duration(to: max(next, opens)),
            time: start.duration(to: now).wholeMicroseconds,
            state: "\(states)"
        )
    }

    private var coming: [Entry] { entries.values.sorted { $0.until < $1.until } }

    private mutating func grant(_ wanted: Int, spare: Int, now: Instant) -> [Limiter.Bundle] {
        var start = max(now, opens)
        guard start <= now + Limiter.lead, wanted + spare > 0 else { return [] }
        let share = (limit.maxStarts / 2 - used) / 8
        if share > 0, wanted <= share { return [add(min(share, wanted + spare), start: start)] }
        var free = limit.maxStarts - used
        var coming = coming.filter { $0.until <= now + Limiter.lead }[...]
        var bundles: [Limiter.Bundle] = []
        while bundles.count < wanted {
            while free <= 0, let entry = coming.popFirst() {
                free += entry.count
                start = max(start, entry.until)
            }
            guard free > 0 else { break }
            free -= 1
            bundles.append(add(1, start: start))
        }
        return bundles
    }

    private mutating func add(_ count: Int, start: Instant) -> Limiter.Bundle {
        grants += 1
        entries["\(grants)*\(count)"] = Entry(count: count, until: start + longest + limit.keptWindow)
        let time = self.start.duration(to: start).wholeMicroseconds
        return Limiter.Bundle(name: "\(grants)", count: count, time: time, start: start)
    }
}
