import Testing

@testable import Orders

/// One test per rule of the fold.
@Suite struct ShipmentFoldTests {
    @Test func `a parcel without scans has no status`() {
        let journey = ShipmentFold([])
        #expect(journey.status == nil)
        #expect(!journey.hasLeftShop && !journey.isInCustody && !journey.isReturning && !journey.hasEnded)
    }

    @Test func `unknown never changes the state`() {
        let journey = fold((1, .inTransit), (2, .unknown))
        #expect(journey.status == .inTransit)
        #expect(journey.unmappedStatuses.isEmpty)
        #expect(journey.lastScanAt == hour(2))
    }

    @Test(arguments: [CourierStatus.lost, .damaged, .returned, .cancelled])
    func `scans after the end of a journey are counted and change nothing`(end: CourierStatus) {
        let journey = fold((1, .inTransit), (2, end), (3, .delivered), (4, .inTransit))
        #expect(journey.status == end)
        #expect(journey.hasEnded)
        #expect(journey.scansAfterEnd == 2)
        #expect(journey.deliveredAt == nil)
    }

    @Test(arguments: [
        (CourierStatus.inTransit, CourierStatus.returnInTransit), (.outForDelivery, .returnInTransit),
        (.returnInTransit, .returnInTransit), (.delivered, .returned), (.returned, .returned), (.lost, .lost),
        (.damaged, .damaged), (.pickedUp, .returnInTransit), (.attemptFailed, .returnInTransit), (.cancelled, .returnInTransit),
        (.labelCreated, .returnInTransit),
    ])
    func `on the return leg every scan means the way back`(scan: CourierStatus, expected: CourierStatus) {
        let journey = fold((1, .outForDelivery), (2, .returnInTransit), (3, scan))
        #expect(journey.leg == .returning)
        #expect(journey.status == expected)
    }

    @Test func `a scan typed as return opens the leg and is itself on it`() {
        let opened = ShipmentFold([scan(1, .inTransit), scan(2, .outForDelivery, returning: true)])
        #expect(opened.status == .returnInTransit)
        #expect(opened.isReturning)
        let ended = ShipmentFold([scan(1, .inTransit), scan(2, .delivered, returning: true)])
        #expect(ended.status == .returned)
        #expect(!ended.isReturning)
    }

    @Test func `a delivered parcel that comes back keeps the time of its delivery`() {
        let journey = fold((1, .delivered), (30, .returnInTransit), (40, .delivered))
        #expect(journey.status == .returned)
        #expect(journey.deliveredAt == hour(1))
    }

    @Test(arguments: [CourierStatus.labelCreated, .inTransit, .outForDelivery, .exception, .lost, .cancelled, .delivered])
    func `forward scans after the delivery are late and change nothing`(late: CourierStatus) {
        let journey = fold((1, .delivered), (90, late))
        #expect(journey.status == .delivered)
        #expect(journey.leg == .forward)
        #expect(journey.lateScans == 1)
    }

    @Test func `a pick-up a day after the delivery opens the return leg, an earlier one is late`() {
        #expect(fold((1, .delivered), (25, .pickedUp)).lateScans == 1)
        let reused = fold((1, .delivered), (26, .pickedUp), (27, .inTransit))
        #expect(reused.waybillReused)
        #expect(reused.status == .returnInTransit)
        #expect(reused.isReturning)
    }

    @Test func `otherwise the state is the newest value, back or forth`() {
        #expect(fold((1, .labelCreated), (2, .outForDelivery), (3, .attemptFailed), (4, .inTransit)).status == .inTransit)
    }

    @Test func `scans of one instant fold in the order of their rank`() {
        var tracked = TrackedShipment(track: .fulfillment("1"))
        for status in [CourierStatus.delivered, .labelCreated, .inTransit] { tracked.join(scan(1, status)) }
        #expect(ShipmentFold(tracked.checkpoints).status == .delivered)
    }

    @Test func `cash at the door is kept with the delivery`() {
        let cash = Money(tenThousandths: 960_0000)
        #expect(ShipmentFold([scan(1, .outForDelivery), scan(2, .delivered, cash: cash)]).cash == cash)
    }

    @Test func `custody is from the pick-up to the delivery`() {
        let custody = CourierStatus.allCases.filter { fold((1, $0)).isInCustody }
        #expect(
            Set(custody) == [.pickedUp, .inTransit, .outForDelivery, .availableForPickup, .attemptFailed, .exception, .onHold]
        )
    }

    private func fold(_ scans: (Int64, CourierStatus)...) -> ShipmentFold {
        ShipmentFold(scans.map { scan($0.0, $0.1) })
    }
}

func hour(_ hours: Int64) -> Instant {
    Instant.epoch.advanced(byMicroseconds: hours * 3_600_000_000)
}

func scan(_ hours: Int64, _ status: CourierStatus, returning: Bool = false, cash: Money? = nil) -> Checkpoint {
    Checkpoint(
        occurredAt: hour(hours),
        status: status,
        courierStatus: status.rawValue,
        onReturnLeg: returning,
        cashCollected: cash != nil,
        cash: cash
    )
}
