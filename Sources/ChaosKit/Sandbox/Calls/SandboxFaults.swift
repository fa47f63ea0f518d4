/// The faults in force, and the dice: the same seed deals the n-th call with a key the same fate in every run, however calls
/// of other keys come in between. Only a fault with a count goes to whoever comes first.
struct SandboxFaults: Sendable {
    /// What will happen to one call.
    struct Fate: Sendable, Equatable {
        var latency: Duration = .zero
        var failure: SandboxFault.Failure?
        var isAccepted = true
        /// How much later the call is done, when it is not done at once.
        var late: Duration?
        var forgetsKeys = false
        var callbackBeforeAnswer = false
        var duplicateCallbacks = false
        var outOfOrder = false
    }

    private let seed: UInt64
    private(set) var faults: [SandboxFault]
    private var left: [Int?]

    init(seed: UInt64, faults: [SandboxFault]) {
        self.seed = seed
        self.faults = faults
        left = faults.map(\.count)
    }

    /// New faults from now on.
    mutating func replace(_ faults: [SandboxFault]) {
        self.faults = faults
        left = faults.map(\.count)
    }

    /// - Parameter ordinal: counts the calls with this operation and key, from 1.
    mutating func fate(of call: SandboxCall, ordinal: Int) -> Fate {
        var fate = Fate()
        guard !faults.isEmpty else { return fate }
        var random = SplitMix64(seed: seed ^ FNV1a.hash("\(call.operation.rawValue) \(call.key) \(ordinal)"))
        for (index, fault) in faults.enumerated() {
            // Drawn even where it does not matter, so that one fault's count does not change the luck of the next.
            let isHit = random.chance(fault.share)
            guard isHit, call.isIn(fault.scope), left[index] != 0 else { continue }
            guard fate.take(fault.kind) else { continue }
            left[index] = left[index].map { $0 - 1 }
        }
        return fate
    }
}

extension SandboxFaults.Fate {
    /// False when an earlier fault has taken the place.
    fileprivate mutating func take(_ kind: SandboxFault.Kind) -> Bool {
        switch kind {
        case .latency(let time): latency += time
        case .failure(let failure, let afterAcceptance):
            guard self.failure == nil else { return false }
            self.failure = failure
            isAccepted = afterAcceptance
        case .late(let time):
            guard failure == nil else { return false }
            (failure, isAccepted, late) = (.reset, false, time)
        case .forgetsKeys: forgetsKeys = true
        case .callbackBeforeAnswer: callbackBeforeAnswer = true
        case .duplicateCallbacks: duplicateCallbacks = true
        case .outOfOrder: outOfOrder = true
        }
        return true
    }
}

/// The hash of Fowler, Noll and Vo: the same in every process, unlike Swift's.
enum FNV1a {
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
