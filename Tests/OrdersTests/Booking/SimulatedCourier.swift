@testable import Orders

/// A courier as it should be: idempotent by reference, with a look-up, and with parcels that move.
struct SimulatedCourier {
    enum Place: Equatable {
        case label
        case takenBack
        case picked
        case delivered
        case returned
    }

    /// By attempt, because the reference is derived from it.
    private(set) var places: [Int32: Place] = [:]
    /// Attempts whose last request had a hidden outcome and that nobody has looked up since.
    private var hidden: Set<Int32> = []
    /// What it did wrong with us, and we with it.
    private(set) var complaints: [String] = []
    private(set) var cancels: [Int32: Int] = [:]

    /// Labels that could still make a parcel move, or have.
    var liveLabels: Int { places.values.filter { $0 != .takenBack && $0 != .returned }.count }

    static func number(_ attempt: Int32) -> String { "B-\(attempt)" }

    mutating func book(_ attempt: Int32, isHidden: Bool) {
        if hidden.contains(attempt) { complaints.append("attempt \(attempt) was requested blindly") }
        if isHidden { hidden.insert(attempt) }
        accept(attempt)
    }

    /// A request that is on its way and comes later, if at all.
    mutating func hide(_ attempt: Int32) {
        if hidden.contains(attempt) { complaints.append("attempt \(attempt) was requested blindly") }
        hidden.insert(attempt)
    }

    mutating func accept(_ attempt: Int32) {
        if places[attempt] == nil { places[attempt] = .label }
    }

    mutating func lookUp(_ attempt: Int32) -> Bool {
        hidden.remove(attempt)
        return places[attempt] != nil
    }

    /// False when it has the parcel.
    mutating func cancel(_ attempt: Int32) -> Bool {
        cancels[attempt, default: 0] += 1
        switch places[attempt] {
        case .label, .takenBack: places[attempt] = .takenBack
        case nil: complaints.append("attempt \(attempt) was cancelled without a label")
        default: return false
        }
        return true
    }

    /// Moves one parcel on; returns the courier's word for it.
    mutating func move(_ attempt: Int32, isReturned: Bool) -> String? {
        switch places[attempt] {
        case .label:
            places[attempt] = .picked
            return "21"
        case .picked:
            places[attempt] = isReturned ? .returned : .delivered
            return isReturned ? "46" : "45"
        default: return nil
        }
    }
}
