package import Orders

/// Compares what a replay came to with what was recorded.
package struct RecordedOutcome: Sendable {
    package var recording: Recording
    package var observed: [OrderID: ObservedDelivery.Order]

    package init(recording: Recording, observed: [OrderID: ObservedDelivery.Order]) {
        self.recording = recording
        self.observed = observed
    }

    /// Why a replay must not begin: its orders have a past that the recording cannot account for.
    package static func refusal(before: ObservedDelivery) -> String? {
        guard !before.stored.isEmpty else { return nil }
        return "The database has \(before.stored.count) events about these orders already; replay into an empty one."
    }

    /// One state hash and one version for each order, as recorded.
    package var assertions: [Assertion] {
        let repeatable = recording.orders.filter(\.isRepeatable)
        return [
            .none(
                "every order has the state hash that was recorded",
                repeatable.filter { found($0)?.stateHash != $0.stateHash }.map(\.refID),
                of: repeatable.count
            ),
            .none(
                "every order has the version that was recorded",
                recording.orders.filter { found($0)?.version != $0.version }.map(\.refID),
                of: recording.orders.count
            ),
        ]
    }

    private func found(_ order: Recording.Order) -> ObservedDelivery.Order? {
        observed[OrderID(source: IncomingEvent.shopifySource, shop: order.shop, refID: order.refID)]
    }
}
