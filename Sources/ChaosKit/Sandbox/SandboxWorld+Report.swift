import Orders
import Synchronization

extension SandboxWorld {
    func report() -> SandboxReport {
        state.withLock { state in
            performLate(at: .now, &state)
            let orders = state.shopify.counts
            return SandboxReport(
                calls: state.log.counts,
                shipments: state.courier.shipments.count,
                labels: state.courier.labels,
                activeLabels: state.courier.activeLabels,
                worstLabelsOfAReference: state.courier.worst.labels,
                worstActiveLabelsOfAnOrder: state.courier.worst.active,
                doublyActiveOrders: state.courier.doublyActiveOrders,
                cashToCollect: state.courier.cash,
                blindRetries: state.blindRetries.count,
                namedBlindRetries: state.blindRetries.named,
                doubledEffects: state.shopify.doubledEffects,
                fulfillments: orders.fulfillments,
                fulfillmentEvents: orders.events,
                paidOrders: orders.paid,
                notedOrders: orders.noted,
                callbacksTold: state.callbacks.told,
                callbacksRefused: state.callbacks.refused,
                callbacksRetried: state.callbacks.retried,
                pendingSteps: state.timeline.count + state.callbacks.underWay + state.late.count,
                droppedSteps: state.timeline.dropped,
                windows: state.windows.map(\.assertion),
                faults: state.faults.faults.map(\.text)
            )
        }
    }

    /// The last calls, newest first.
    func latestCalls(_ limit: Int) -> SandboxAnswer {
        let entries = state.withLock { $0.log.latest(limit) }
        return .json(200) { writer in
            writer.array("calls", entries) { writer, entry in
                writer.beginObject()
                writer.member("number", Int64(entry.number))
                writer.member("milliseconds", entry.time.microseconds / 1_000)
                writer.member("operation", entry.call.operation.rawValue)
                writer.member("subject", entry.call.subject)
                writer.member("key", entry.call.key)
                writer.member("outcome", entry.outcome)
                writer.member("traceparent", entry.call.traceparent)
                writer.endObject()
            }
        }
    }
}
