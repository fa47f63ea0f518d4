import EventStore
import HTTPServing
import NIOCore
import NIOHTTP1
import Orders

/// Reading and changing products.
struct ProductOperations: Sendable {
    private static let maxName = 255
    private static let maxPrice = Money(tenThousandths: 1_000_000_000 * 10_000)
    private static let stock: ClosedRange<Int64> = 0...1_000_000_000

    let desk: FrontDesk

    func list(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let page = try PageRequest(request.head, maxPage: desk.configuration.maxPage)
        return desk.working(on: eventLoop) { connection in
            let products = try ProductTable.page(behind: page.cursor, limit: page.limit + 1, on: connection)
            return page.answer(StorefrontPath.products, products, id: \.id) { $1.write(&$0) }
        }
    }

    func show(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let id = try request.id(of: "product")
        return desk.working(on: eventLoop) { connection in
            guard let product = try ProductTable.product(id, on: connection) else { throw Refusal.unknown("product", id) }
            return Answer(.ok, json: product.json)
        }
    }

    func add(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let input = try Self.product(0, request.body)
        return desk.working(on: eventLoop) { connection in
            let product = try ProductTable.add(name: input.name, price: input.price, stock: input.stock, on: connection)
            return Answer(.created, json: product.json, headers: [("Location", "\(StorefrontPath.products)/\(product.id)")])
        }
    }

    func replace(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let input = try Self.product(try request.id(of: "product"), request.body)
        return desk.working(on: eventLoop) { connection in
            guard let product = try ProductTable.replace(input, on: connection) else {
                throw Refusal.unknown("product", input.id)
            }
            return Answer(.ok, json: product.json)
        }
    }

    func remove(_ request: Request, _ eventLoop: any EventLoop) throws(Refusal) -> EventLoopFuture<Answer> {
        let id = try request.id(of: "product")
        return desk.working(on: eventLoop) { connection in
            switch try ProductTable.remove(id, on: connection) {
            case .deleted: return Answer(.ok, [("message", "Product deleted")])
            case .unknown: throw Refusal.unknown("product", id)
            case .hasOrders:
                throw Refusal(
                    status: .conflict,
                    sentence: "product \(id) has orders and stays with them; set its stock to 0 to stop selling it"
                )
            }
        }
    }

    private static func product(_ id: Int64, _ body: [UInt8]) throws(Refusal) -> Product {
        var input = try InputReader(body)
        let product = Product(
            id: id,
            name: input.text("name", maxLength: maxName),
            price: input.money("price", upTo: maxPrice),
            stock: input.integer("stock", in: stock)
        )
        try input.finish()
        return product
    }
}

extension Request {
    /// The id at the end of the path; what is no number names nothing.
    func id(of what: String) throws(Refusal) -> Int64 {
        let text = parameter ?? ""
        guard text.utf8.count <= 19, text.utf8.allSatisfy({ (48...57).contains($0) }), let id = Int64(text) else {
            throw Refusal(status: .notFound, sentence: "there is no such \(what): its id is a whole number")
        }
        return id
    }
}

extension Product {
    fileprivate var json: [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }

    /// The price is a number whose decimals are exact.
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("name", name)
        writer.key("price")
        writer.text(price.description)
        writer.member("stock", stock)
        writer.endObject()
    }
}
