/// Everything that is shown of an order, derived from its state; nothing here is ever merged.
package struct OrderProjection: Equatable, Sendable {
    package let paymentStatus: PaymentStatus
    package let shippingStatus: ShippingStatus
    package let status: PublicStatus
    package let orderStatus: OrderStatus
    /// Whether only child events or callbacks are known so far.
    package let placeholder: Bool

    package let name: String?
    package let orderNumber: String?
    package let customerName: String?
    package let tags: String?
    package let note: String?
    package let financialStatus: FinancialStatus?
    package let fulfillmentStatus: FulfillmentStatus?
    package let totalPrice: Money?
    package let currency: String?
    package let shippingFee: Money?
    /// Canonical JSON.
    package let customer: [UInt8]?
    /// Canonical JSON.
    package let shippingAddress: [UInt8]?

    /// Of the parcel an operator named, else of the first one that counts.
    package let courier: CourierName?
    package let trackingNumber: String?
    package let shipments: [ShipmentProjection]
    /// Every waybill the order ever claimed: callbacks on them are its own.
    package let waybills: [Waybill]
    /// The parcel whose courier and number the order shows, unless an operator says otherwise.
    let shownShipment: ShipmentProjection?

    /// When the last parcel was delivered, once all are.
    package let deliveryAt: Instant?
    package let cancelledAt: Instant?
    package let cancelReason: String?
    package let businessUpdatedAt: Instant?
    package let shippingUpdatedAt: Instant?

    package let bookability: Bookability
    /// Why it has its status, an operator's word set aside.
    package let statusRule: StatusRule
    package let anomalies: [Anomaly]

    /// Derives all columns; the bookings add nothing but flags for people.
    package init(_ state: OrderState, policy: BookingPolicy, bookings: [Booking] = []) {
        let wishes = OperatorWishes(state)
        let snapshot = state.snapshot
        shipments = ShipmentAssembly.shipments(of: state, operatorWaybill: wishes.waybill)
        let counted = shipments.filter(\.counts)
        let payment = PaymentStatus(snapshot?.financialStatus, cancelled: state.isCancelled)
        let parcels = BookedParcels(state, counted: counted, all: shipments)
        var conditions = StatusConditions(state, shipments: counted, isBooked: parcels.isBooked)
        conditions.paidAndHydrated = state.isHydrated && payment == .paid
        bookability = Bookability(
            state,
            conditions: conditions,
            parcels: parcels,
            override: wishes.status,
            policy: policy
        )
        conditions.bookable = bookability.isBookable
        statusRule = conditions.rule
        orderStatus = wishes.status ?? statusRule.status
        status = orderStatus.publicStatus
        paymentStatus = payment
        shippingStatus = ShippingStatus(conditions, shipments: counted)
        placeholder = !state.isHydrated

        name = snapshot?.name
        orderNumber = snapshot?.orderNumber
        customerName = snapshot?.customer?.name
        tags = snapshot?.tags
        note = wishes.note ?? snapshot?.note
        financialStatus = snapshot?.financialStatus
        fulfillmentStatus = snapshot?.fulfillmentStatus
        totalPrice = snapshot?.totalPrice
        currency = snapshot?.currency
        shippingFee = ShippingFee.fee(
            booked: state.feeLabel?.fee,
            shippingLines: snapshot?.shippingPrice,
            total: snapshot?.totalPrice
        )
        customer = snapshot?.customer?.canonicalJSON
        shippingAddress = wishes.shippingAddress ?? snapshot?.shippingAddress

        shownShipment = counted.first(where: \.namedByOperator) ?? counted.first { $0.trackingNumber != nil }
        courier = wishes.courier ?? shownShipment?.courier
        trackingNumber = wishes.trackingNumber ?? shownShipment?.trackingNumber
        waybills = state.claims.waybills
        deliveryAt = conditions.allDelivered ? counted.compactMap(\.deliveredAt).max() : nil
        cancelledAt = state.cancellation?.at
        cancelReason = state.cancellation?.reason
        businessUpdatedAt = snapshot?.key.updatedAt
        shippingUpdatedAt =
            (shipments.compactMap(\.journey.lastScanAt) + state.fulfillments.entries.map(\.key.updatedAt)).max()
        anomalies =
            Anomaly.all(in: state, shipments: shipments, allDelivered: conditions.allDelivered) + Anomaly.all(in: bookings)
    }
}

extension OrderState {
    /// Cancelled in any of the ways a source has: cancelled, deleted, voided, fully refunded.
    package var isCancelled: Bool {
        cancellation != nil || deleted || snapshot?.financialStatus == .voided || snapshot?.financialStatus == .refunded
    }
}

extension StatusConditions {
    /// Everything but what follows from the payment and the booking rules.
    fileprivate init(_ state: OrderState, shipments: [ShipmentProjection], isBooked: Bool) {
        someReturned = shipments.contains { $0.status == .returned }
        someReturning = shipments.contains { $0.journey.isReturning }
        someDelivered = shipments.contains { $0.journey.isDelivered }
        allDelivered = !shipments.isEmpty && shipments.allSatisfy { $0.journey.isDelivered }
        someInCustody = shipments.contains { $0.journey.isInCustody }
        someLostOrDamaged = shipments.contains { $0.status == .lost || $0.status == .damaged }
        cancelled = state.isCancelled
        fulfilled = state.snapshot?.fulfillmentStatus == .fulfilled
        self.isBooked = isBooked
        openHold = state.holds.entries.contains(where: \.isOpen)
    }
}
