import Synchronization

/// A floating-point number that threads change without a lock.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }

    func store(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func add(_ amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let wanted = (Double(bitPattern: known) + amount).bitPattern
            let (exchanged, current) = bits.weakCompareExchange(expected: known, desired: wanted, ordering: .relaxed)
            if exchanged { return }
            known = current
        }
    }
}

/// A count in an object of its own, because an array cannot hold atomics.
final class AtomicCount: Sendable {
    let value = Atomic<UInt64>(0)
}
