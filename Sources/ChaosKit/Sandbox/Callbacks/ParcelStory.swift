import FoundationEssentials
import Orders

/// The way of one parcel, decided by the seed: label, pick-up, transit, and delivery or return.
struct ParcelStory: Sendable {
    /// Time between two scans.
    var pace: Duration
    /// Parcels that come back instead of being delivered.
    var returned: Double
    var seed: UInt64

    /// The steps from the booking on.
    func steps(for shipment: SandboxShipment, fate: SandboxFaults.Fate, at now: Instant) -> [CallbackStep] {
        var random = SplitMix64(seed: seed ^ FNV1a.hash("story \(shipment.reference.uuidString)"))
        let comesBack = random.chance(returned)
        let ending = comesBack ? [Scan.returning, .returned] : [.outForDelivery, .delivered]
        let scans: [Scan] = [.label, .pickedUp, .inTransit] + ending
        var steps = scans.enumerated().map { step($1, shipment, after: $0 + 1, at: now) }
        if fate.duplicateCallbacks { for index in steps.indices { steps[index].repeatsAfter = pace / 2 } }
        if fate.outOfOrder { Self.shuffleTelling(&steps, &random) }
        return steps
    }

    /// The steps that follow when the courier is asked to bring the parcel back.
    func returnSteps(for shipment: SandboxShipment, at now: Instant) -> [CallbackStep] {
        [Scan.returning, .returned].enumerated().map { step($1, shipment, after: $0 + 1, at: now) }
    }

    private enum Scan {
        case label, pickedUp, inTransit, outForDelivery, delivered, returning, returned

        var word: String {
            switch self {
            case .label: "fulfilling"
            case .pickedUp: "shipped"
            case .inTransit: "in_transit"
            case .outForDelivery: "out_for_delivery"
            case .delivered: "delivered"
            case .returning: "return_in_transit"
            case .returned: "returned"
            }
        }

        var status: SandboxShipment.Status? {
            switch self {
            case .label: nil
            case .pickedUp: .pickedUp
            case .inTransit, .outForDelivery: .inTransit
            case .delivered: .delivered
            case .returning: .returnRequested
            case .returned: .returned
            }
        }
    }

    private func step(_ scan: Scan, _ shipment: SandboxShipment, after paces: Int, at now: Instant) -> CallbackStep {
        let time = now.advanced(byMicroseconds: (pace * paces).microseconds)
        return CallbackStep(
            reference: shipment.reference,
            trackingNumber: shipment.trackingNumber,
            word: scan.word,
            status: scan.status,
            occursAt: time,
            tellsAt: time
        )
    }

    /// What is told changes places; what happens does not.
    private static func shuffleTelling(_ steps: inout [CallbackStep], _ random: inout SplitMix64) {
        var times = steps.map(\.tellsAt)
        random.shuffle(&times)
        // Nothing is told before it happens.
        for (index, time) in times.enumerated() { steps[index].tellsAt = max(time, steps[index].occursAt) }
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
