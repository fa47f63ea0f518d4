package import Orders
package import Postgres

/// What was answered to a request under a key of the client's own.
package struct StorefrontAnswer: Sendable, Equatable {
    package var key: String
    package var requestHash: Digest
    package var status: Int
    package var body: [UInt8]

    package init(key: String, requestHash: Digest, status: Int, body: [UInt8]) {
        self.key = key
        self.requestHash = requestHash
        self.status = status
        self.body = body
    }
}

/// The statements of `storefront_answers`.
package enum StorefrontAnswerTable {
    /// Claims the keys for this transaction; a key that another transaction is deciding is waited for.
    package static func claiming(_ keys: [(key: String, requestHash: Digest)]) -> (Statement, [Binding]) {
        (claim, [.texts(keys.map(\.key)), .byteses(keys.map(\.requestHash.bytes))])
    }

    /// Reads what was answered under the keys before; keys that are new are not among them.
    package static func reading(_ keys: [String]) -> (Statement, [Binding]) { (read, [.texts(keys)]) }

    /// The rows of `reading`, by key.
    package static func answers(_ rows: Rows) throws -> [String: StorefrontAnswer] {
        var answers: [String: StorefrontAnswer] = [:]
        for row in rows {
            let key: String = try row.decode(0)
            answers[key] = StorefrontAnswer(
                key: key,
                requestHash: try row.digest(1),
                status: try row.decode(2),
                body: try row.decode(3)
            )
        }
        return answers
    }

    /// Writes down what is answered under keys that were claimed.
    package static func settling(_ answers: [StorefrontAnswer]) -> (Statement, [Binding]) {
        (
            settle,
            [
                .texts(answers.map(\.key)), .int4s(answers.map { Int32($0.status) }), .byteses(answers.map(\.body)),
            ]
        )
    }

    /// Deletes some of the answers that are older than this many hours, and says how many.
    package static func forget(
        olderThanHours hours: Int,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> Int {
        try connection.query(forget, [.int4(Int32(hours)), .int8(Int64(limit))]).affected
    }

    /// Run by the storefront for every batch of orders with keys. Sorted, so that two batches with the same keys wait, never
    /// deadlock. Served by `storefront_answers_pkey`.
    private static let claim = Statement(
        "storefront_answers_claim",
        """
        INSERT INTO storefront_answers (key, request_hash)
        SELECT t.key, t.request_hash FROM unnest($1::text[], $2::bytea[]) AS t (key, request_hash) ORDER BY t.key
        ON CONFLICT ON CONSTRAINT storefront_answers_pkey DO NOTHING
        """
    )

    /// Run after `claim`, as a statement of its own: what another transaction has just decided is seen. Served by
    /// `storefront_answers_pkey`.
    private static let read = Statement(
        "storefront_answers_read",
        """
        SELECT key, request_hash, status, body FROM storefront_answers WHERE key = ANY ($1::text[]) AND status IS NOT NULL
        """
    )

    /// Run by the storefront for every batch of orders with new keys. Served by `storefront_answers_pkey`.
    private static let settle = Statement(
        "storefront_answers_settle",
        """
        UPDATE storefront_answers AS a SET status = t.status, body = t.body
        FROM unnest($1::text[], $2::integer[], $3::bytea[]) AS t (key, status, body)
        WHERE a.key = t.key
        """
    )

    /// Run by the storefront every minute. Served by `storefront_answers_created_at_index`.
    private static let forget = Statement(
        "storefront_answers_forget",
        """
        DELETE FROM storefront_answers WHERE key IN (
            SELECT key FROM storefront_answers WHERE created_at < now() - $1 * interval '1 hour'
            ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        """
    )
}
