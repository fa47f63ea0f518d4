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
            case .orders(let refIDs)?: refIDs.map { Self.row(event, $0) } + concerning.filter(\.isOfCustomer)
            case .wholeShop?: [Self.row(event, "")]
            case nil: nil
            }
    }

    /// What it asks to be forgotten beside orders: events about no order, of the whole shop or of one customer.
    var beyondOrders: [RedactionRow] { wanted?.filter { $0.refID.isEmpty || $0.isOfCustomer } ?? [] }

    /// Adds the events that hold what is to be forgotten beside orders.
    func lookUp(in request: inout BatchLookup.Request) {
        let subject = group.first.event.subjectID
        for row in beyondOrders {
            if row.isOfCustomer {
                request.customers.insert(CustomerEvents(shop: subject, customer: row.refID))
            } else {
                request.history.insert(subject)
            }
        }
    }

    /// The redactions that take the personal data of an event about no order: of its shop, and of the customer it names.
    static func concerning(_ event: StoredEvent) -> [RedactionRow] {
        let customer = row(event, event.refID)
        return [row(event, "")] + (customer.isOfCustomer ? [customer] : [])
    }

    private static func row(_ event: StoredEvent, _ refID: String) -> RedactionRow {
        RedactionRow(source: event.fact.source, shop: event.shop, refID: refID)
    }
}
