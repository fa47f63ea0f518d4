import ArgumentParser
import EventStore
import FoundationEssentials
import Orchestration
import Orders
import Postgres

/// Says why an order is what it is.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says which event set each field of an order, which lost and why, and why it is booked or not.",
        discussion: """
            ORDER is our id; with --shop it is the id the shop knows the order by, and with --courier a tracking number. \
            The output may hold personal data of the buyer.
            """
    )

    @Argument(help: "Our order id, the shop's (with --shop), or a tracking number (with --courier).")
    var order: String

    @Option(help: "The shop that ORDER is an order id of, e.g. demo.myshopify.com.")
    var shop: String?

    @Option(help: "Where the order comes from, with --shop: shopify or storefront.")
    var source = IncomingEvent.shopifySource

    @Option(help: "The courier that ORDER is a tracking number of.")
    var courier: String?

    @Flag(help: "Print JSON; with --courier an array, since orders may share a parcel.")
    var json = false

    func validate() throws {
        guard shop == nil || courier == nil else { throw ValidationError("--shop and --courier exclude each other.") }
        guard shop != nil || courier != nil || OrderID(order) != nil else {
            throw ValidationError("“\(order)” is no order id of ours; name its --shop, or the --courier of a tracking number.")
        }
        let sources = [IncomingEvent.shopifySource, IncomingEvent.storefrontSource]
        guard sources.contains(source) else {
            throw ValidationError("--source is one of \(sources.joined(separator: ", ")); “\(source)” is none of these.")
        }
        if let courier, CourierName(courier) == nil { throw ValidationError("“\(courier)” is no courier's name.") }
    }

    func run() async throws {
        let command = self
        let explained = try await DatabaseAccess.with(OrderRules.init(settings:)) { database, rules in
            let statuses = try await database.statuses()
            return try await database.pool.withConnection { connection in
                try command.orders(on: connection).map { order in
                    let explanation = try OrderExplanation.read(
                        order,
                        statuses: statuses,
                        policy: rules.booking,
                        isBookingOn: rules.effects.isOn,
                        on: connection
                    )
                    return (order, explanation)
                }
            }
        }
        guard !explained.isEmpty else { throw CommandFailure("No order ever named the parcel \(order) of \(courier ?? "").") }
        let found = try explained.map { id, explanation in
            guard let explanation else { throw CommandFailure("Nobody has ever heard of the order \(id) (\(order)).\(hint)") }
            return (id, explanation)
        }
        switch (json, courier) {
        case (false, _): for (id, explanation) in found { Terminal.show(explanation.report(of: id)) }
        case (true, nil): for (_, explanation) in found { Terminal.showJSON { $0.raw(explanation.json) } }
        case (true, _): Terminal.showJSONArray(found) { $0.raw($1.1.json) }
        }
    }

    /// The storefront gives its orders numbers as a shop does.
    private var hint: String {
        let storefront = IncomingEvent.storefrontSource
        return shop == nil || source == storefront ? "" : " An order of the storefront takes --source \(storefront)."
    }

    /// One order, or those that share a parcel.
    private func orders(on connection: isolated PostgresConnection) throws -> [OrderID] {
        if let courier = courier.flatMap(CourierName.init) {
            return try OrderExplanation.orders(shippingWith: Waybill(courier: courier, trackingNumber: order), on: connection)
        }
        if let shop { return [OrderID(source: source, shop: shop, refID: order)] }
        return OrderID(order).map { [$0] } ?? []
    }
}
