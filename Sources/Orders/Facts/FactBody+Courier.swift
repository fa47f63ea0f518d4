extension FactBody {
    /// All scans a courier reports for the waybill the fact is about.
    func callback(_ provider: CourierProvider, _ statuses: CourierStatusMap) -> [OrderFact] {
        CourierCallback.decode(provider, document)
            .filter { fact.waybill == nil || fact.waybill == $0.waybill.id }
            .flatMap { callback in
                callback.checkpoints.map { scan in
                    .checkpoint(checkpoint(scan, provider, statuses), .waybill(callback.waybill))
                }
            }
    }

    private func checkpoint(
        _ scan: CourierCheckpoint,
        _ provider: CourierProvider,
        _ statuses: CourierStatusMap
    ) -> Checkpoint {
        let status = statuses.normalise(provider: provider.rawValue, status: scan.rawStatus, detail: scan.detail)
        return Checkpoint(
            occurredAt: scan.occurredAt ?? fact.triggeredAt ?? fact.receivedAt,
            status: status,
            courierStatus: scan.rawStatus,
            onReturnLeg: scan.isOnReturnLeg,
            cashCollected: scan.cashCollected,
            cash: scan.cash
        )
    }
}
