/// What the jobs of one runner want of one scope of a limit, in the order they came, and when Redis is to be asked for it.
///
/// One question is under way at a time; all that comes meanwhile shares the next one.
struct TurnQueue: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Answer: Sendable, Equatable {
        /// To be waited for until it holds, and then given back.
        case turn(Limiter.Turn)
        /// None comes free before the deadline; to be asked again after this time.
        case wait(Duration)
        /// Redis cannot be asked, or the runner has stopped.
        case closed(String)
    }

    struct Question: Sendable {
        var wanted: Int
        var ended: [Limiter.EndedTurn]
        var held: [Limiter.Turn]
    }

    private struct Waiter: Sendable {
        var id: UInt64
        var deadline: Instant
    }

    /// Shortest time between two questions that nothing new is the reason for.
    static let shortestLook: Duration = .milliseconds(1)
    /// How long what is to be told waits before Redis is asked again.
    static let outageWait: Duration = .milliseconds(100)

    /// Longest time between two questions while calls are under way: whether they are still known is seen before a limit that
    /// has forgotten them opens.
    private let checkInterval: Duration
    /// How long the end of a call waits for company: it is told with its age, so nobody has to wait longer for its turn.
    private let tellInterval: Duration
    private var waiting: [Waiter] = []
    private var ended: [Limiter.EndedTurn] = []
    /// Turns whose calls are under way, or about to begin, by name.
    private var live: [String: Limiter.Turn] = [:]
    /// Live turns that the limit has forgotten.
    private var held: [Limiter.Turn] = []
    private var state: String?
    private var hasNews = false
    private var isAsking = false
    private var nextLook: Instant
    private var nextCheck: Instant
    private var nextTell: Instant

    init(window: Duration, now: Instant) {
        checkInterval = max(window / 4, .milliseconds(10))
        tellInterval = min(window / 20, .milliseconds(10))
        nextLook = now
        nextCheck = now
        nextTell = now
    }

    /// Whether there is nothing to remember.
    var isIdle: Bool { waiting.isEmpty && live.isEmpty && !hasToTell && !isAsking }

    private var hasToTell: Bool { !ended.isEmpty || !held.isEmpty }

    /// When Redis is to be asked the next time; nil when nothing is the reason for it, or it is being asked.
    func due(now: Instant) -> Instant? {
        if isAsking { return nil }
        if hasNews { return now }
        var due: Instant?
        func consider(_ instant: Instant) { due = min(due ?? instant, instant) }
        if !waiting.isEmpty { consider(nextLook) }
        if hasToTell { consider(nextTell) }
        if !live.isEmpty { consider(nextCheck) }
        return due
    }

    mutating func wait(_ id: UInt64, until deadline: Instant) {
        waiting.append(Waiter(id: id, deadline: deadline))
        hasNews = true
    }

    /// Nobody waits under this name any more.
    mutating func withdraw(_ id: UInt64) {
        waiting.removeAll { $0.id == id }
    }

    /// The call has ended, or will never be made.
    mutating func giveBack(_ turn: Limiter.Turn, end: Instant) {
        live[turn.name] = nil
        held.removeAll { $0.name == turn.name }
        if !hasToTell { nextTell = max(nextTell, end + tellInterval) }
        ended.append(Limiter.EndedTurn(turn, end: end))
    }

    /// Begins a question if one is due; `answered` or `failed` ends it.
    mutating func ask(now: Instant) -> Question? {
        guard let due = due(now: now), due <= now else { return nil }
        defer { (ended, held, hasNews, isAsking) = ([], [], false, true) }
        return Question(wanted: waiting.count, ended: ended, held: held)
    }

    /// Returns who hears what; the others wait on.
    mutating func answered(_ grant: Limiter.Grant, now: Instant) -> [(id: UInt64, answer: Answer)] {
        isAsking = false
        if let state, state != grant.state { held = Array(live.values) }
        state = grant.state
        if !held.isEmpty { hasNews = true }
        nextCheck = now + checkInterval
        let next = now + grant.wait
        nextLook = max(next - Limiter.lead / 2, now + Self.shortestLook)
        let served = min(waiting.count, grant.turns.count)
        var answers: [(UInt64, Answer)] = []
        for (waiter, turn) in zip(waiting.prefix(served), grant.turns) {
            live[turn.name] = turn
            answers.append((waiter.id, .turn(turn)))
        }
        waiting.removeFirst(served)
        // Whoever wanted them has been withdrawn meanwhile.
        for turn in grant.turns.dropFirst(served) { giveBack(turn, end: now) }
        answers += waiting.filter { $0.deadline < next }.map { ($0.id, .wait(grant.wait)) }
        waiting.removeAll { $0.deadline < next }
        return answers
    }

    /// Redis could not be asked: nobody waits for it, and what it was to be told is told later.
    mutating func failed(_ question: Question, because reason: String, now: Instant) -> [(id: UInt64, answer: Answer)] {
        isAsking = false
        hasNews = false
        nextLook = now + Self.outageWait
        nextCheck = nextLook
        nextTell = nextLook
        ended = question.ended + ended
        held = question.held.filter { live[$0.name] != nil } + held
        defer { waiting = [] }
        return waiting.map { ($0.id, .closed(reason)) }
    }

    /// Turns that nobody can be told of any more count for long enough by themselves.
    mutating func forget() {
        (ended, held, live) = ([], [], [:])
    }
}
