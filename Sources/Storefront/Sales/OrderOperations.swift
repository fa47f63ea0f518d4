import EventStore
import HTTPServing
import NIOCore
import NIOHTTP1
import Orders
import ServiceRuntime

/// Placing orders, and reading them.
struct OrderOperations: Sendable {
    /// With the largest price the total still fits.
    private static let quantity: ClosedRange<Int64> = 1...100_000

    let desk: FrontDesk

    func place(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        var input = try InputReader(request.body)
        var order = OrderRequest(
            productID: input.integer("product_id", in: 1...Int64.max),
            quantity: input.integer("quantity", in: Self.quantity)
        )
        try input.finish()
        if let text = request.head.headers.first(name: "idempotency-key") {
            guard let key = IdempotencyKey(text) else {
                throw .invalid([
                    ("Idempotency-Key", "must have 1 to \(IdempotencyKey.maxLength) visible ASCII characters")
                ])
            }
            order.key = key
        }
        order.traceID = request.head.headers.first(name: "traceparent").flatMap(TraceID.init(traceparent:))?.uuid
        return desk.buy(order, on: eventLoop)
    }

    func list(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let page = try PageRequest(request.head, maxPage: desk.configuration.maxPage)
        return desk.working(on: eventLoop) { connection in
            let orders = try StorefrontOrderTable.page(behind: page.cursor, limit: page.limit + 1, on: connection)
            return page.answer(StorefrontPath.orders, orders, id: \.id) { $1.write(&$0) }
        }
    }

    func show(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let id = try request.id(of: "order")
        return desk.working(on: eventLoop) { connection in
            guard let order = try StorefrontOrderTable.order(id, on: connection) else { throw Refusal.unknown("order", id) }
            var writer = JSONWriter()
            order.write(&writer)
            return Answer(.ok, json: writer.bytes)
        }
    }
}

extension StorefrontOrder {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("product_id", productID)
        writer.member("quantity", quantity)
        writer.member("created_at", createdAt)
        writer.key("processed_at")
        if let processedAt { writer.string(processedAt.iso8601) } else { writer.null() }
        writer.endObject()
    }
}
