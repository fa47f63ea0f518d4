import EventStore
import FoundationEssentials
import Orders

/// An event about no order, and what redactions have to do with it.
struct ShopEvent {
    let group: FactGroup
    /// What it asks to be forgotten; nil when it is no redaction. A customer who never ordered is to be forgotten all the same.
    let wanted: [RedactionRow]?
    /// The redactions that take its own personal data.
    let concerning: [RedactionRow]

    init(_ group: FactGroup) {
        self.group = group
        let event = group.first.event
        concerning = Self.concerning(event)
        guard let body = try? JSONDocument(parsing: event.fact.body) else {
            wanted = nil
            return
        }
        wanted =
            switch Redaction(topic: event.fact.topic, in: body, shop: event.shop) {
            case .orders(let refIDs)?: refIDs.map { Self.row(event, .order($0)) } + Self.ofCustomer(event)
            case .wholeShop?: [Self.row(event, .wholeShop)]
            case nil: nil
            }
    }

    /// The redactions that take the personal data of an event about no order: of its shop, and of the customer it names.
    private static func concerning(_ event: StoredEvent) -> [RedactionRow] {
        [row(event, .wholeShop)] + ofCustomer(event)
    }

    private static func ofCustomer(_ event: StoredEvent) -> [RedactionRow] {
        Redaction.isCustomer(event.refID) ? [row(event, .customer(event.refID))] : []
    }

    private static func row(_ event: StoredEvent, _ scope: RedactionRow.Scope) -> RedactionRow {
        RedactionRow(source: event.fact.source, shop: event.shop, scope: scope)
    }
}
