/// What the jobs of one runner want of one scope of a limit, in the order they came, and when Redis is to be asked for it.
///
/// One question is under way at a time; all that comes meanwhile shares the next one. Where a limit has plenty, turns
/// are taken ahead for jobs that are about to come: the stock.
struct TurnQueue: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Answer: Sendable, Equatable {
        /// One turn of this bundle, to be waited for until it holds, and then given back.
        case turn(Limiter.Bundle)
        /// None comes free before the deadline; to be asked again after this time.
        case wait(Duration)
        /// Redis cannot be asked, or the runner has stopped.
        case closed(String)
    }

    struct Question: Sendable {
        var wanted: Int
        var spare: Int
        var returned: [Limiter.ReturnedBundle]
        var held: [Limiter.Bundle]
        /// Until when nothing may start.
        var closing: Instant?
    }

    private struct Waiter: Sendable {
        var id: UInt64
        var deadline: Instant
    }

    /// A bundle with calls under way, or with turns to spare.
    private struct LiveBundle: Sendable {
        let bundle: Limiter.Bundle
        /// Turns that were handed out.
        var used: Int
        /// Those of them that have not come back.
        var running: Int
        /// When the last of the others came back.
        var end: Instant
    }

    /// How often as many turns are taken ahead as are missing, so that most claims need no question.
    static let provision = 4
    /// Shortest time between two questions that nothing new is the reason for.
    static let shortestLook: Duration = .milliseconds(1)
    /// How long what is to be told waits before Redis is asked again.
    static let outageWait: Duration = .milliseconds(100)

    /// Longest time between two questions while calls are under way, or while we have closed the limit: whether Redis still knows is
    /// seen before a limit that has forgotten opens.
    private let checkInterval: Duration
    /// How long the end of a call waits for company: it is told with its age, so nobody has to wait longer for its turn. Of
    /// several together only where turns are short, and then each is a bundle of its own.
    private let tellInterval: (single: Duration, several: Duration)
    private var waiting: [Waiter] = []
    private var live: [String: LiveBundle] = [:]
    /// Turns that are to be taken ahead.
    private var spare = 0
    /// The live bundle that has some of them left. While there is one nobody waits.
    private var stock: (name: String, useBy: Instant)?
    private var returned: [Limiter.ReturnedBundle] = []
    /// Live bundles that the limit has forgotten.
    private var held: [String] = []
    /// Until when nothing may start, as long as Redis has not been told.
    private var closing: Instant?
    /// The same once Redis has been told: it may forget.
    private var closed: Instant?
    private var isFinished = false
    private var state: String?
    private var hasNews = false
    /// What the question that is under way is for.
    private var asked: (waiting: Int, spare: Int)?
    private var nextLook: Instant
    private var nextCheck: Instant
    private var nextTell: Instant
    /// Redis could not be asked just now.
    private var restsUntil: Instant

    init(_ limit: RateLimit, now: Instant) {
        checkInterval = max(limit.window / 4, .milliseconds(10))
        tellInterval = (min(limit.window / 20, .milliseconds(10)), limit.shelfLife)
        nextLook = now
        nextCheck = now
        nextTell = now
        restsUntil = now
    }

    /// Whether there is nothing to remember.
    var isIdle: Bool { waiting.isEmpty && live.isEmpty && !hasToTell && closed == nil && spare == 0 && asked == nil }

    /// Until when nothing may start, whether Redis has been told or not.
    private var closedUntil: Instant? { [closed, closing].compactMap(\.self).max() }

    private var hasToTell: Bool { !returned.isEmpty || !held.isEmpty || closing != nil }

    /// When Redis is to be asked the next time; nil when nothing is the reason for it, or it is being asked.
    func due(now: Instant) -> Instant? {
        if asked != nil { return nil }
        if hasNews { return now }
        var due: Instant?
        func consider(_ instant: Instant) { due = min(due ?? instant, instant) }
        if !waiting.isEmpty { consider(nextLook) }
        if hasToTell { consider(nextTell) }
        if !live.isEmpty || closed != nil { consider(nextCheck) }
        if let stock, live[stock.name]?.running == 0 { consider(stock.useBy) }
        return due.map { max($0, restsUntil) }
    }

    /// So many jobs are about to come, or wait. Where they find too few turns in stock some are asked for, with more of them
    /// for the jobs after these.
    mutating func expect(_ jobs: Int, now: Instant) {
        let inStock = stock.flatMap { now < $0.useBy ? live[$0.name] : nil }.map { $0.bundle.count - $0.used } ?? 0
        let missing = jobs - waiting.count
        spare = missing > inStock + (asked?.spare ?? 0) ? Self.provision * missing : 0
        if spare > 0 { hasNews = true }
    }

    /// A turn from the stock, which is given back when its call has ended.
    mutating func take(now: Instant) -> Limiter.Bundle? {
        guard let stock, now < stock.useBy, var taken = live[stock.name] else { return nil }
        taken.used += 1
        taken.running += 1
        live[stock.name] = taken
        if taken.used == taken.bundle.count { self.stock = nil }
        return taken.bundle
    }

    mutating func wait(_ id: UInt64, until deadline: Instant) {
        waiting.append(Waiter(id: id, deadline: deadline))
        hasNews = true
    }

    /// Nobody waits under this name any more.
    mutating func withdraw(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index)
        if let asked, index < asked.waiting { self.asked?.waiting -= 1 }
    }

    /// The call of one turn has ended, or will never be made.
    mutating func giveBack(_ bundle: Limiter.Bundle, end: Instant) {
        guard var ended = live[bundle.name] else { return }
        ended.running -= 1
        ended.end = max(ended.end, end)
        live[bundle.name] = ended
        if ended.running == 0, stock?.name != bundle.name { retire(ended) }
    }

    /// No turn is handed out until then, here from now on, elsewhere as soon as Redis has been told.
    mutating func close(until end: Instant) {
        emptyStock()
        closing = max(closing ?? end, end)
        hasNews = true
    }

    /// Nobody will ask any more.
    mutating func finish() {
        emptyStock()
        (spare, closed, isFinished) = (0, nil, true)
        hasNews = hasToTell
    }

    /// Begins a question if one is due; `answered` or `failed` ends it.
    mutating func ask(now: Instant) -> Question? {
        guard let due = due(now: now), due <= now else { return nil }
        if let stock, stock.useBy <= now { emptyStock() }
        if let end = closed, end <= now { closed = nil }
        asked = (waiting.count, spare)
        defer {
            closed = isFinished ? nil : closedUntil
            (returned, held, closing, hasNews, spare) = ([], [], nil, false, 0)
        }
        let held = held.compactMap { live[$0] }.map { entry in
            var bundle = entry.bundle
            bundle.count = entry.used
            return bundle
        }
        return Question(wanted: waiting.count, spare: spare, returned: returned, held: held, closing: closing)
    }

    /// Returns who hears what; the others wait on.
    mutating func answered(_ grant: Limiter.Grant, now: Instant) -> [(id: UInt64, answer: Answer)] {
        // Whoever came later may call for longer after the grant than its turn would count if we died.
        let isFresh = now < grant.useBy
        let (asked, spare) = asked ?? (0, 0)
        self.asked = nil
        var eligible = closing != nil ? 0 : isFresh ? waiting.count : asked
        if let state, state != grant.state {
            emptyStock()
            held = Array(live.keys)
            closing = closedUntil
            hasNews = hasNews || hasToTell
        }
        state = grant.state
        nextCheck = now + checkInterval
        let next = now + grant.wait
        nextLook = max(next - Limiter.lead / 2, now + Self.shortestLook)
        var answers: [(UInt64, Answer)] = []
        for bundle in grant.bundles {
            let served = min(eligible, bundle.count)
            eligible -= served
            answers += waiting.prefix(served).map { ($0.id, .turn(bundle)) }
            waiting.removeFirst(served)
            let entry = LiveBundle(bundle: bundle, used: served, running: served, end: bundle.start)
            live[bundle.name] = entry
            if served < bundle.count, spare > 0, isFresh, closing == nil {
                emptyStock()
                stock = (bundle.name, grant.useBy)
            } else if served == 0 {
                // Whoever wanted it has been withdrawn meanwhile.
                retire(entry)
            }
        }
        answers += waiting.filter { $0.deadline < next }.map { ($0.id, .wait(grant.wait)) }
        waiting.removeAll { $0.deadline < next }
        return answers
    }

    /// Redis could not be asked: nobody waits for it, and what it was to be told is told later.
    mutating func failed(_ question: Question, because reason: String, now: Instant) -> [(id: UInt64, answer: Answer)] {
        asked = nil
        (hasNews, spare) = (false, 0)
        restsUntil = now + Self.outageWait
        nextTell = restsUntil
        returned = question.returned + returned
        held = question.held.map(\.name) + held
        closing = [question.closing, closing].compactMap(\.self).max()
        defer { waiting = [] }
        return waiting.map { ($0.id, .closed(reason)) }
    }

    /// Turns that nobody can be told of any more count for long enough by themselves.
    mutating func forget() {
        (returned, held, live, stock, closing, closed) = ([], [], [:], nil, nil, nil)
    }

    private mutating func emptyStock() {
        guard let rest = stock.flatMap({ live[$0.name] }) else { return }
        stock = nil
        if rest.running == 0 { retire(rest) }
    }

    private mutating func retire(_ entry: LiveBundle) {
        let due = entry.end + (entry.bundle.count == 1 ? tellInterval.single : tellInterval.several)
        nextTell = hasToTell ? min(nextTell, due) : due
        live[entry.bundle.name] = nil
        returned.append(Limiter.ReturnedBundle(entry.bundle, used: entry.used, end: entry.end))
    }
}
