package import Orders
import Postgres

/// Something that is sold.
package struct Product: Sendable, Equatable {
    package var id: Int64
    package var name: String
    /// Of one piece.
    package var price: Money
    /// Pieces left.
    package var stock: Int64

    package init(id: Int64, name: String, price: Money, stock: Int64) {
        self.id = id
        self.name = name
        self.price = price
        self.stock = stock
    }

    /// Columns: id, name, price as text, stock.
    init(row: Row) throws {
        guard let price = Money(try row.decode(2)) else { throw PostgresError(.decoding, "a price does not fit") }
        self.init(id: try row.decode(0), name: try row.decode(1), price: price, stock: try row.decode(3))
    }
}
