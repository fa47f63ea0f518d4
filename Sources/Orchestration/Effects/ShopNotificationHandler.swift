import EventStore
import Orders
package import Queues

/// Tells a shop what became of its parcels. Shopify has no idempotency key for these calls, so the order is looked at before
/// each of them; every call takes a turn of the limit of its own.
package struct ShopNotificationHandler: JobHandler {
    /// Points that a look and the dearest of our edits cost together.
    private static let pointsPerJob = 40
    /// A job that has looked at its order waits this long for the turn of its edit before it gives its place up.
    private static let patience: Duration = .seconds(6)

    private let records: OrderRecords
    private let shop: ShopifyAdminClient
    private let costs: CostLimiter

    package init(records: OrderRecords, shop: ShopifyAdminClient, costs: CostLimiter) {
        self.records = records
        self.shop = shop
        self.costs = costs
    }

    package func run(_ job: ClaimedJob) async throws -> JobOutcome {
        guard let input = CommandInput(decoding: job.input), let intent = input.intent.notification else {
            return .dead(reason: "the input is not a notification", answer: nil)
        }
        let look = BookingReport(
            order: OrderID(job.orderID),
            attempt: input.attempt,
            notification: intent,
            mayHaveTold: job.attempt > 1
        )
        guard let answer = try await records.report(look), answer.isNotificationWanted, let booking = answer.booking else {
            return .cancelled(reason: "the shop need not be told any more")
        }
        try await costs.take(Self.pointsPerJob, shop: job.shop)
        return try await tell(intent, of: booking, answer, job)
    }

    package func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64> {
        try await records.stale(
            letters,
            notification: \.intent.notification,
            isStale: { _, answer, _ in !answer.isNotificationWanted }
        )
    }

    private func tell(
        _ intent: ShopNotification.Intent,
        of booking: Booking,
        _ answer: BookingAnswer,
        _ job: ClaimedJob
    ) async throws -> JobOutcome {
        let refID = answer.order.refID
        func look() async throws -> CallResult<AdminOrder> {
            try await job.call { await shop.lookUp(order: refID, shop: job.shop, key: job.key, $0) }
        }
        let looked = try await look()
        guard case .success(let order) = looked else { return looked.failure(calling: "Shopify") }
        switch intent.edit(of: booking, answer, order) {
        case .known: return .done(answer: nil)
        case .impossible(let reason): return .dead(reason: reason, answer: order.answer)
        case .notYet(let reason): return .retry(reason: reason, answer: order.answer)
        case .send(let edit):
            // Whoever gave up after the look would look again the next time, and take the turns of others for nothing.
            let edited = try await job.call(patience: Self.patience) {
                await shop.edit(order: refID, shop: job.shop, key: job.key, edit, $0)
            }
            if case .success = edited { return .done(answer: nil) }
            // An earlier attempt's request may have arrived between our look and this one.
            if case .refused = edited, case .success(let now) = try await look(),
                case .known = intent.edit(of: booking, answer, now)
            {
                return .done(answer: nil)
            }
            return edited.failure(calling: "Shopify")
        }
    }
}

/// What has to be sent to a shop that shows its order like this.
private enum ShopEdit {
    /// It is there already, by whoever's hand.
    case known
    case send(AdminEdit)
    case notYet(String)
    case impossible(String)
}

extension ShopNotification.Intent {
    fileprivate func edit(of booking: Booking, _ answer: BookingAnswer, _ order: AdminOrder) -> ShopEdit {
        guard let courier = booking.courier, let number = booking.trackingNumber else { return .impossible("there is no label") }
        let parcel = order.fulfillment(trackingNumber: number)
        switch self {
        case .fulfillment:
            if parcel != nil { return .known }
            // The label of an attempt before this one, which is not good any more.
            let earlier = answer.state.labels.entries.filter { $0.attempt < booking.attempt }.map(\.waybill.trackingNumber)
            if let old = earlier.lazy.compactMap(order.fulfillment).first {
                return .send(.track(fulfillment: old.id, courier: courier, trackingNumber: number))
            }
            let open = order.fulfillmentOrders.filter(\.isOpen).map(\.id)
            guard !open.isEmpty else { return .impossible("Shopify has nothing left to fulfill in this order") }
            return .send(.fulfill(fulfillmentOrders: open, courier: courier, trackingNumber: number))
        case .shipped: return event(.inTransit, parcel)
        case .delivered: return event(.delivered, parcel)
        case .paid: return order.financialStatus == "PAID" ? .known : .send(.markAsPaid)
        case .voided:
            let note = order.note(adding: "The courier cancelled \(number).")
            return note == order.note ? .known : .send(.update(note: note, tags: nil))
        }
    }

    private func event(_ status: AdminEdit.ParcelStatus, _ parcel: AdminOrder.Fulfillment?) -> ShopEdit {
        guard let parcel else { return .notYet("Shopify does not show the parcel yet") }
        if parcel.events.contains(status.rawValue) { return .known }
        return .send(.event(fulfillment: parcel.id, status))
    }
}
