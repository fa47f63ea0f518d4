package import FoundationEssentials
package import Postgres

extension DeadLetters {
    /// Which dead letters are meant; every part that is set must fit.
    package struct Filter: Sendable {
        /// Nil for whatever id; an empty list means none.
        package var ids: [Int64]?
        package var queue: Queue?
        package var orderID: UUID?
        package var shop: String?
        /// The error with its numbers and ids taken out, as a group has it.
        package var cause: String?
        /// Part of the error, letter by letter.
        package var error: String?
        /// Part of the error or of the input, or the order's number.
        package var text: String?
        /// Given up on at this time or later.
        package var since: PostgresTimestamp?

        package init(
            ids: [Int64]? = nil,
            queue: Queue? = nil,
            orderID: UUID? = nil,
            shop: String? = nil,
            cause: String? = nil,
            error: String? = nil,
            text: String? = nil,
            since: PostgresTimestamp? = nil
        ) {
            self.ids = ids
            self.queue = queue
            self.orderID = orderID
            self.shop = shop
            self.cause = cause
            self.error = error
            self.text = text
            self.since = since
        }

        /// `$1` to `$8` of every statement with `meant`.
        var bindings: [Binding] {
            [
                .int8s(ids), .text(queue?.rawValue), .uuid(orderID), .text(shop), .text(cause), .text(error), .text(text),
                .timestamptz(since?.microseconds),
            ]
        }
    }

    /// Whether a job `j` is a dead letter that a filter means.
    static let meant = """
        j.state = 'dead' AND ($1::bigint[] IS NULL OR j.id = ANY ($1)) AND ($2::text IS NULL OR j.queue = $2)
        AND ($3::uuid IS NULL OR j.order_id = $3) AND ($4::text IS NULL OR j.shop = $4)
        AND ($5::text IS NULL OR \(DeadLetterGroup.cause) = $5) AND ($6::text IS NULL OR position($6 IN j.last_error) > 0)
        AND ($7::text IS NULL OR position(lower($7) IN lower(j.last_error)) > 0
            OR position($7 IN convert_from(j.input, 'UTF8')) > 0
            OR EXISTS (SELECT FROM orders AS o WHERE o.id = j.order_id AND $7 IN (o.ref_id, o.name, ltrim(o.name, '#'))))
        AND ($8::timestamptz IS NULL OR j.updated_at >= $8)
        """
}
