import FoundationEssentials

/// A courier that is idempotent by reference, and remembers what callers did wrong.
struct SimulatedCourier {
    struct Label {
        var number: String
        var isTakenBack = false
        var isPicked = false
    }

    private(set) var labels: [UUID: Label] = [:]
    /// References of requests whose outcome nobody has been told, and nobody has looked up since.
    private var hidden: Set<UUID> = []
    private(set) var complaints: [String] = []
    /// When a limited call came.
    private(set) var calls: [Int64] = []

    mutating func call(at time: Int64) { calls.append(time) }

    mutating func book(_ reference: UUID, isHidden: Bool) -> String {
        if hidden.contains(reference) { complaints.append("I4 \(reference) was requested blindly") }
        if isHidden { hidden.insert(reference) }
        let label = labels[reference] ?? Label(number: Self.number(reference))
        labels[reference] = label
        return label.number
    }

    /// A request that has not arrived, and perhaps never does.
    mutating func lose(_ reference: UUID) {
        if hidden.contains(reference) { complaints.append("I4 \(reference) was requested blindly") }
        hidden.insert(reference)
    }

    /// A request arrives at last.
    mutating func accept(_ reference: UUID) {
        if labels[reference] == nil { labels[reference] = Label(number: Self.number(reference)) }
    }

    private static func number(_ reference: UUID) -> String { "L-\(reference.uuidString.prefix(8))" }

    mutating func lookUp(_ reference: UUID) -> String? {
        hidden.remove(reference)
        return labels[reference].map(\.number)
    }

    /// False when it has the parcel.
    mutating func cancel(_ reference: UUID) -> Bool {
        guard var label = labels[reference] else { return true }
        if label.isPicked { return false }
        label.isTakenBack = true
        labels[reference] = label
        return true
    }

    mutating func pickUp(_ reference: UUID) -> Bool {
        guard var label = labels[reference], !label.isTakenBack else { return false }
        label.isPicked = true
        labels[reference] = label
        return true
    }

    /// The most calls of any window.
    func peak(window: Int64) -> Int {
        var first = 0
        var peak = 0
        for (index, call) in calls.enumerated() {
            while calls[first] + window <= call { first += 1 }
            peak = max(peak, index - first + 1)
        }
        return peak
    }
}
