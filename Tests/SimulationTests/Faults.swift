/// How often what goes wrong; each is one in so many, nil is never.
struct Faults {
    var lostDoorbell: Int? = 6
    var doubledDoorbell: Int? = 8
    var lateDoorbell: Int? = 8
    var ingestDeath: Int? = 60
    var unknownCommit: Int? = 30
    var laneDeath: Int? = 40
    var laneStall: Int? = 60
    var runnerDeath: Int? = 12
    var runnerStall: Int? = 12
    var hiddenAnswer: Int? = 4
    var refusedCall: Int? = 30
    /// A body that cannot be read any more when it is merged.
    var rottenBody: Int? = 40
    var flush: Int? = 1
    var pause: Int? = 1

    /// Answers that are lost, and workers that outlive their leases, more often than not.
    static let slowCourier: Faults = {
        var faults = Faults()
        faults.hiddenAnswer = 2
        faults.runnerStall = 2
        return faults
    }()
}

/// A fault of ours, built in to show that the checks see it.
enum PlantedBug: CaseIterable {
    /// Ingest says 200 before it has stored anything, and forgets.
    case earlyAnswer
    /// A worker that finds a request of unknown outcome sends it again under a new reference.
    case blindRetry
    /// The merge heeds when an event arrived.
    case mergeByArrival
    /// The limiter opens at once after a flush.
    case openLimiter
    /// Nobody looks for a label that comes after its attempt was given up.
    case noCheck
    /// A paused worker's late report counts.
    case unfencedFinish
}
