package import Logging
import Orders
package import Postgres

/// Many buyers of one product at the same moment.
package struct FlashSale: Sendable {
    package var buyers: Int
    package var stock: Int
    /// The token that may add products.
    package var token: String
    package var load: HTTPLoad
    package var target: TargetAddress
    package var database: PostgresConfiguration
    package var logger: Logger

    package init(
        buyers: Int,
        stock: Int,
        token: String,
        load: HTTPLoad,
        target: TargetAddress,
        database: PostgresConfiguration,
        logger: Logger
    ) {
        self.buyers = buyers
        self.stock = stock
        self.token = token
        self.load = load
        self.target = target
        self.database = database
        self.database.applicationName = "chaos"
        self.logger = logger
    }

    /// Everything known after a sale.
    package struct Outcome: Sendable {
        package var product: Int64
        package var load: LoadResult
        package var assertions: [Assertion]
        package var wasInterrupted = false
    }

    /// Adds a product, lets everybody buy one piece, and looks what became of the stock.
    package func run(_ console: Console) async throws -> Outcome {
        let product = try await addProduct()
        let order = request(.orders, #"{"product_id":\#(product),"quantity":1}"#)
        let (load, requests) = (load, Array(repeating: order, count: buyers))
        let (result, wasInterrupted) = try await Interruptible.run { [buyers] in
            try await load.run(requests, progress: console.progress("Buying", total: buyers))
        }
        console.endProgress()
        let left = try await stockLeft(of: product)
        let connection = try await PostgresConnection.connect(database, logger: logger)
        let stored = try await connection.run { try StoredSale(of: product, on: $0) }
        await connection.close()
        return Outcome(
            product: product,
            load: result,
            assertions: assertions(result, left: left, stored: stored),
            wasInterrupted: wasInterrupted
        )
    }

    private func assertions(_ result: LoadResult, left: Int64?, stored: StoredSale) -> [Assertion] {
        let sold = min(buyers, stock)
        func answers(_ status: Int) -> Int { result.outcomes.count { $0 == .answered(status) } }
        return [
            .equal("answers with status 201", answers(201), sold),
            .equal("answers with status 400", answers(400), buyers - sold),
            .equal("stock that the storefront shows", left ?? -1, Int64(stock - sold)),
            .equal("stock in the database", stored.stock, Int64(stock - sold)),
            .equal("orders in the database", stored.orders, sold),
            .equal("pieces of all orders", stored.pieces, Int64(sold)),
            .equal("events of these orders", stored.events, sold),
            .equal("stock received, less what was sold and what is left", stored.received - stored.pieces - stored.stock, 0),
        ]
    }

    private enum Path: String {
        case products = "/api/v1/products"
        case orders = "/api/v1/orders"
    }

    private func request(_ path: Path, _ body: String, headers: [(name: String, value: String)] = []) -> PreparedRequest {
        PreparedRequest(
            path: path.rawValue,
            host: target.hostHeader,
            headers: [("Content-Type", "application/json")] + headers,
            body: Array(body.utf8)
        )
    }

    private func addProduct() async throws -> Int64 {
        let body = #"{"name":"Flash sale","price":"19.99","stock":\#(stock)}"#
        let answer = try await ask(request(.products, body, headers: [("Authorization", "Bearer \(token)")]))
        guard answer.status == 201, let id = answer.root?.integer("id") else {
            throw ScenarioRun.Refusal("No product could be added: the storefront answered \(answer.status) \(answer.body)")
        }
        return id
    }

    private func stockLeft(of product: Int64) async throws -> Int64? {
        let path = "\(Path.products.rawValue)/\(product)"
        return try await ask(PreparedRequest(getting: path, host: target.hostHeader)).root?.integer("stock")
    }

    private func ask(_ request: PreparedRequest) async throws -> (status: Int, body: String, root: JSONValue?) {
        var load = HTTPLoad(host: target.host, port: target.port, connections: 1)
        load.keepsBodies = true
        let result = try await load.run([request])
        guard case .answered(let status) = result.outcomes[0] else {
            throw ScenarioRun.Refusal("Nobody answers at \(target.hostHeader): \(result.fault ?? "the connection broke")")
        }
        return (status, result.bodies[0], (try? JSONDocument(parsing: Array(result.bodies[0].utf8)))?.root)
    }
}

/// What the database says of one product.
struct StoredSale: Sendable {
    var stock: Int64
    var received: Int64
    var orders: Int
    var pieces: Int64
    var events: Int

    init(of product: Int64, on connection: isolated PostgresConnection) throws {
        guard let row = try connection.query(Self.select, [.int8(product)]).first else {
            throw ScenarioRun.Refusal("The product is not in this database: does ingest use another one?")
        }
        stock = try row.decode(0)
        received = try row.decode(1)
        orders = try row.decode(2)
        pieces = try row.decode(3)
        events = try row.decode(4)
    }

    /// Served by `products_pkey`, `storefront_orders_product_index` and `event_store_subject_index`.
    private static let select = Statement(
        "chaos_stored_sale",
        """
        SELECT
            p.stock, p.stock_received, (SELECT count(*) FROM storefront_orders AS o WHERE o.product_id = p.id),
            (SELECT coalesce(sum(o.quantity), 0)::bigint FROM storefront_orders AS o WHERE o.product_id = p.id),
            (SELECT count(*) FROM storefront_orders AS o JOIN event_store AS e ON e.subject_id = o.order_id
                WHERE o.product_id = p.id AND e.source = 'storefront')
        FROM products AS p WHERE p.id = $1
        """
    )
}

extension FlashSale.Outcome {
    /// How the buyers were answered and how long it took, as lines of text.
    package var summary: String {
        let statuses = load.statusCounts.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }.joined(separator: ", ")
        var lines = [
            "Product \(product): \(load.latencies.count) answers in \(Figures.duration(load.duration)), "
                + "\(Figures.number(load.rate)) attempts/s; \(statuses.isEmpty ? "no answer" : statuses)"
        ]
        if load.latencies.count > 0 { lines.append(Figures.latencies(load.latencies)) }
        if load.statusCounts[429] != nil {
            lines.append("429 means that one address came too often: raise STOREFRONT_RATE_BURST of ingest.")
        }
        if let fault = load.fault { lines.append("The load ended early: \(fault).") }
        return lines.joined(separator: "\n")
    }
}
