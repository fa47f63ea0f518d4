import TestSeed

@testable import Orders

/// One order with its workers and its courier, in any interleaving and with every fault.
struct SimulatedOrder {
    enum Job: Hashable {
        case book(Int32)
        case cancel(Int32)
        case returnParcel(Int32)
    }

    private(set) var state = OrderState()
    private(set) var bookings: [Booking] = []
    private(set) var courier = SimulatedCourier()
    private(set) var complaints: [String] = []
    private var shopFacts: [DecodedFact]
    private var heard: [DecodedFact] = []
    private var jobs: [Job] = []
    private var emitted: Set<String> = []
    private var onTheirWay: [Int32] = []
    private var returning: Set<Int32> = []
    private var random: SeededGenerator
    private var faultsLeft = 6
    private let moves: Bool

    init(_ shopFacts: [DecodedFact], moves: Bool, random: SeededGenerator) {
        self.shopFacts = shopFacts
        self.moves = moves
        self.random = random
    }

    var situation: BookingSituation {
        BookingSituation(Facts.order, state, OrderProjection(state, policy: BookingPolicy(), bookings: bookings))
    }

    /// Does everything there is to do; false when it does not come to rest.
    mutating func run() throws -> Bool {
        for _ in 0..<400 {
            guard try step() else { return true }
        }
        return false
    }

    private mutating func step() throws -> Bool {
        var choices: [(inout SimulatedOrder) throws -> Void] = []
        if !shopFacts.isEmpty { choices.append { $0.merge($0.shopFacts.removeFirst()) } }
        if !heard.isEmpty {
            choices.append { $0.merge($0.heard.remove(at: Int.random(in: 0..<$0.heard.count, using: &$0.random))) }
        }
        if !jobs.isEmpty { choices.append { try $0.work(Int.random(in: 0..<$0.jobs.count, using: &$0.random)) } }
        if !onTheirWay.isEmpty { choices.append { try $0.arrive($0.onTheirWay.removeFirst()) } }
        if moves || !returning.isEmpty { if let move = movable { choices.append { try $0.move(move) } } }
        guard let choice = choices.isEmpty ? nil : random.pick(choices) else { return false }
        try choice(&self)
        return true
    }

    // MARK: The merge transaction

    private mutating func merge(_ fact: DecodedFact) {
        state.merge(fact)
        decide()
    }

    private mutating func decide() {
        let steps = BookingPlan.decide(situation, bookings: bookings)
        bookings = BookingPlan.bookings(bookings, after: steps)
        for step in steps {
            switch step {
            case .claim(let booking): emit(.book(booking.attempt), EffectKey.book(booking))
            case .change(let booking, .cancel): emit(.cancel(booking.attempt), EffectKey.cancel(booking))
            case .change(let booking, .returnParcel): emit(.returnParcel(booking.attempt), EffectKey.returnParcel(booking))
            case .change, .settle: break
            }
        }
        if bookings.filter(\.isActive).count > 1 { complaints.append("two active bookings") }
        let again = BookingPlan.decide(situation, bookings: bookings)
        for case .claim in again { complaints.append("deciding twice claims twice") }
        for case .change in again { complaints.append("deciding twice changes twice") }
    }

    private mutating func emit(_ job: Job, _ key: String) {
        if emitted.insert(key).inserted { jobs.append(job) } else { complaints.append("\(key) was emitted twice") }
    }

    /// What a worker reports under the lock; returns what it has to do next.
    private mutating func report(_ event: BookingEvent, _ attempt: Int32) -> BookingEffect? {
        guard let place = bookings.firstIndex(where: { $0.attempt == attempt }) else { return nil }
        let heard = BookingPlan.heard(event, of: bookings[place], situation, among: bookings)
        let effect = heard.flatMap { bookings[place].fold($0) }?.effect
        decide()
        return effect
    }

    // MARK: The workers

    private mutating func work(_ index: Int) throws {
        let job = jobs[index]
        let isFaulty = faultsLeft > 0 && random.chance(2)
        if isFaulty { faultsLeft -= 1 }
        switch job {
        case .book(let attempt):
            // A worker that dies leaves the job to another one.
            if try book(attempt, report(.taken, attempt), isFaulty) { jobs.remove(at: index) }
        case .cancel(let attempt):
            let isCancelled = courier.cancel(attempt)
            if isFaulty { return }
            jobs.remove(at: index)
            if isCancelled {
                heard.append(try Facts.labelEnd(.cancelled, attempt: attempt))
            } else {
                _ = report(.cancelRefused, attempt)
            }
        case .returnParcel(let attempt):
            returning.insert(attempt)
            jobs.remove(at: index)
        }
    }

    /// Whether the job is done.
    private mutating func book(_ attempt: Int32, _ effect: BookingEffect?, _ isFaulty: Bool) throws -> Bool {
        switch effect {
        case .lookUp:
            guard courier.lookUp(attempt) else {
                let next = report(.absent, attempt)
                return try next == nil ? true : book(attempt, next, isFaulty)
            }
            heard.append(try label(attempt))
            return true
        case .request:
            if situation.destination == BookingPropertyTests.refusedDestination {
                _ = report(.refused, attempt)
                return true
            }
            guard isFaulty else {
                courier.book(attempt, isHidden: false)
                heard.append(try label(attempt))
                return true
            }
            switch random.pick([0, 1, 2]) {
            case 0: courier.book(attempt, isHidden: true)
            case 1: courier.hide(attempt)
            default:
                courier.hide(attempt)
                onTheirWay.append(attempt)
            }
            // Half of them die before they can say so.
            if random.chance(2) { _ = report(.lost, attempt) }
            return false
        default: return true
        }
    }

    /// A request that was slow arrives, and a worker that was paused reports the answer.
    private mutating func arrive(_ attempt: Int32) throws {
        courier.accept(attempt)
        heard.append(try label(attempt))
    }

    private func label(_ attempt: Int32) throws -> DecodedFact {
        try Facts.label(attempt: attempt, number: SimulatedCourier.number(attempt))
    }

    // MARK: The parcels

    /// Only labels that we know of are on a parcel.
    private var movable: Int32? {
        courier.places.keys.sorted().first { attempt in
            guard state.label(of: attempt) != nil else { return false }
            switch courier.places[attempt] {
            case .label: return moves && bookings.last?.attempt == attempt
            case .picked: return true
            default: return false
            }
        }
    }

    private mutating func move(_ attempt: Int32) throws {
        let isReturned = returning.contains(attempt)
        guard let word = courier.move(attempt, isReturned: isReturned) else { return }
        let milliseconds = 1_768_755_600_000 + Int64(word == "21" ? 1 : 2)
        let body = #"{"trackingNumber":"B-\#(attempt)","state":\#(word),"type":"SEND","timeStamp":\#(milliseconds)}"#
        heard.append(try Facts.decoded("bosta", body, source: IncomingEvent.courierSource))
    }
}
