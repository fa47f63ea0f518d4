import FoundationEssentials

/// What chooses everything that a run of the tests draws: `ORDERS_SEED`, or a new one each time, which is printed so that a
/// failure can be repeated.
package enum TestSeed {
    package static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["ORDERS_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("ORDERS_SEED=\(seed)")
        return seed
    }()
}
