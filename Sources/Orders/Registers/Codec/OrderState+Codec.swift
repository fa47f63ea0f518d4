extension OrderState {
    /// Bytes that are enough for most orders.
    private static let usualSize = 2_048

    /// Canonical JSON: fields in alphabetical order, no whitespace, nothing that is empty. Equal states give equal bytes;
    /// `state_hash` is the SHA-256 of them.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: Self.usualSize)
        writer.beginObject()
        writer.member("cancellation", cancellation)
        writer.list("claims", claims.waybills)
        if deleted { writer.member("deleted", true) }
        writer.list("edits", edits.entries)
        writer.list("fulfillments", fulfillments.entries)
        writer.list("holds", holds.entries)
        writer.list("label_ends", labelEnds.entries)
        writer.list("labels", labels.entries)
        writer.list("payments", payments.entries)
        if redacted { writer.member("redacted", true) }
        writer.list("refunds", refunds.entries)
        writer.list("shipments", shipments.entries)
        writer.member("snapshot", snapshot)
        writer.list("transactions", transactions.entries)
        writer.member("version", version)
        writer.endObject()
        return writer.bytes
    }

    /// Wider than a webhook's: a state holds what many bodies said, one level deeper than they did.
    private static let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 256, maxNodes: 16 << 20)

    /// Reads what `encoded()` wrote.
    package init(decoding bytes: [UInt8]) throws(StateError) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: bytes, limits: Self.limits).root
        } catch {
            throw StateError(field: "state")
        }
        let reader = StateReader(root)
        version = try reader.integer("version")
        deleted = root.flag("deleted") ?? false
        redacted = root.flag("redacted") ?? false
        cancellation = try reader.optional("cancellation")
        snapshot = try reader.optional("snapshot")
        claims = WaybillSet(try reader.list("claims"))
        payments = PaymentHistory(try reader.list("payments"))
        shipments = TrackedShipments(try reader.list("shipments"))
        refunds = LatestByID(try reader.list("refunds"))
        transactions = LatestByID(try reader.list("transactions"))
        fulfillments = LatestByID(try reader.list("fulfillments"))
        holds = LatestByID(try reader.list("holds"))
        labels = LatestByID(try reader.list("labels"))
        labelEnds = LatestByID(try reader.list("label_ends"))
        edits = LatestByID(try reader.list("edits"))
    }
}
