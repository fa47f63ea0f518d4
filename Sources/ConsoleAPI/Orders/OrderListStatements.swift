import Postgres

/// Statements over `order_list` and `order_words`. They are put together from constant parts, once, because a page is the same for
/// eight sorts and six ways to find candidates; no part comes from outside.
enum OrderListStatements {
    /// Where the rows come from that the filter looks at.
    enum Candidates: Hashable, Sendable {
        /// All of them, in the order of an index.
        case all
        /// The first rows in the order of the sort: answers a search for something common.
        case first
        /// What matches, and nothing else; for a count any of it once it is more than `countLimit`.
        case matches(SearchIndex, isForCount: Bool)

        fileprivate static let every: [Candidates] =
            [.all, .first] + SearchIndex.allCases.flatMap { [.matches($0, isForCount: false), .matches($0, isForCount: true)] }

        /// In the names of statements.
        fileprivate var name: String {
            switch self {
            case .all: "all"
            case .first: "first"
            case .matches(let index, let isForCount): isForCount ? "few_\(index.rawValue)" : index.rawValue
            }
        }

        /// Whether the candidates are what matches, and nothing else.
        fileprivate var isFiltered: Bool { if case .matches = self { true } else { false } }

        /// The same, not more of it than a count needs.
        var forCount: Candidates { if case .matches(let index, _) = self { .matches(index, isForCount: true) } else { self } }

        /// Where counting stops. Numbers are read one by one from four indexes, words from one list.
        var countLimit: Int { self == .matches(.numbers, isForCount: true) ? 1_000 : 10_000 }
    }

    /// What a search is looked up in.
    enum SearchIndex: String, CaseIterable, Hashable, Sendable {
        /// The inverted index.
        case words
        /// The index of each kind of number, for numbers that begin like the one searched for.
        case numbers
    }

    /// Rows that `first` looks at: half as many again as it takes to fill a page of what more than 10,000 of a million have. Of
    /// numbers fewer, because some thousands that begin alike are sooner read than looked for.
    private static let firstRows = "CASE WHEN $14::text IS NULL THEN 30000 ELSE 10000 END"

    /// Run for each page of the grid and for exports, many times a second. Served by the index of the sort, of the single
    /// status, payment or courier, `order_list_attention_index` or the search indexes, whichever PostgreSQL thinks best: the
    /// statement is planned for the values. The last column is how many match, where all candidates do. `$18` and `$19` are the
    /// last row of the page before, `$20` the number of rows; `$21` the rows to skip, when the scroll bar of the grid jumps (a few times an hour a person).
    static func page(_ candidates: Candidates, _ sort: OrderSort) -> Statement {
        pages[PageKey(candidates: candidates, sort: sort)] ?? page(PageKey(candidates: candidates, sort: sort))
    }

    /// Run with the first page. One row: how many match, at most `countLimit`, and whether that is all.
    static func count(_ candidates: Candidates) -> Statement {
        counts[candidates] ?? count(of: candidates)
    }

    /// Run for the tabs of a filtered grid. As `count` for each status, and last, without a status, for all of them together.
    static func countByStatus(_ candidates: Candidates) -> Statement {
        countsByStatus[candidates] ?? countByStatus(of: candidates)
    }

    /// Run once for each bulk operation: keeps the ids of what matches; `$18` is the operation, `$19` the most there may be.
    static func keep(_ candidates: Candidates) -> Statement {
        keeps[candidates] ?? keep(of: candidates)
    }

    private struct PageKey: Hashable {
        var candidates: Candidates
        var sort: OrderSort
    }

    private static let pages: [PageKey: Statement] = Dictionary(
        uniqueKeysWithValues: Candidates.every.flatMap { candidates in
            OrderSort.allCases.map { sort in
                let key = PageKey(candidates: candidates, sort: sort)
                return (key, page(key))
            }
        }
    )
    private static let counts = Dictionary(uniqueKeysWithValues: Candidates.every.map { ($0, count(of: $0)) })
    private static let countsByStatus = Dictionary(uniqueKeysWithValues: Candidates.every.map { ($0, countByStatus(of: $0)) })

    private static let keeps = Dictionary(uniqueKeysWithValues: Candidates.every.map { ($0, keep(of: $0)) })

    private static func keep(of candidates: Candidates) -> Statement {
        Statement(
            "order_list_keep_\(candidates.name)",
            """
            WITH \(source(candidates, after: "true", order: recentOrder))
            INSERT INTO bulk_items (bulk_id, order_id)
            SELECT $18::uuid, l.order_id
            FROM \(candidates == .all ? "order_list" : "candidates") AS l
            WHERE \(candidates.isFiltered ? "true" : filter)
            LIMIT $19
            """
        )
    }

    private static func page(_ key: PageKey) -> Statement {
        let (column, type) = key.sort.key
        let (comparison, direction) = key.sort.isDescending ? ("<", "DESC") : (">", "ASC")
        let after = "($18::text IS NULL OR (l.\(column), l.order_id) \(comparison) ($18::text::\(type), $19::uuid))"
        let order = "l.\(column) \(direction), l.order_id \(direction)"
        return Statement(
            "order_list_page_\(key.candidates.name)_\(key.sort.rawValue)",
            """
            WITH \(source(key.candidates, after: after, order: order)), page AS (
                SELECT l.order_id, l.\(column) AS sort_key, l.attention
                FROM \(key.candidates == .all ? "order_list" : "candidates") AS l
                WHERE \(after) AND \(key.candidates.isFiltered ? "true" : filter)
                ORDER BY \(order)
                LIMIT $20 OFFSET $21
            )
            SELECT \(OrderSummary.columns), l.sort_key::text,
                \(key.candidates.isFiltered ? "(SELECT count(*) FROM candidates)" : "0::bigint")
            FROM page AS l JOIN orders AS o ON o.id = l.order_id
            ORDER BY l.sort_key \(direction), l.order_id \(direction)
            """
        )
    }

    private static func count(of candidates: Candidates) -> Statement {
        Statement(
            "order_list_count_\(candidates.name)",
            """
            WITH \(source(candidates, after: "true", order: recentOrder))
            SELECT least(count(*), \(candidates.countLimit)), count(*) <= \(candidates.countLimit)
            FROM (
                SELECT FROM \(candidates == .all ? "order_list" : "candidates") AS l
                WHERE \(candidates.isFiltered ? "true" : filter)
                LIMIT \(candidates.countLimit + 1)
            ) AS matches
            """
        )
    }

    private static func countByStatus(of candidates: Candidates) -> Statement {
        Statement(
            "order_list_count_by_status_\(candidates.name)",
            """
            WITH \(source(candidates, after: "true", order: recentOrder))
            SELECT m.order_status, m.needs_attention, count(*) FILTER (WHERE m.n <= \(candidates.countLimit)),
                count(*) <= \(candidates.countLimit)
            FROM (
                SELECT l.order_status, l.attention <> '{}' AS needs_attention, row_number() OVER () AS n
                FROM \(candidates == .all ? "order_list" : "candidates") AS l
                WHERE \(candidates.isFiltered ? "true" : filter)
                LIMIT \(candidates.countLimit + 1)
            ) AS m
            GROUP BY GROUPING SETS ((m.order_status, m.needs_attention), ())
            ORDER BY m.order_status, m.needs_attention
            """
        )
    }

    private static let recentOrder = "l.updated_at DESC, l.order_id DESC"

    private static func source(_ candidates: Candidates, after: String, order: String) -> String {
        switch candidates {
        case .all:
            // A WITH needs a member; PostgreSQL never runs one that nobody reads.
            "candidates AS (SELECT)"
        case .first:
            // Not materialized: reading ends with the page.
            "candidates AS (SELECT l.* FROM order_list AS l WHERE \(after) ORDER BY \(order) LIMIT \(firstRows))"
        case .matches(.words, _):
            """
            candidates AS MATERIALIZED (
                SELECT \(candidateColumns) FROM order_words AS l WHERE l.search @@ $16::text::tsquery AND \(facets)
                \(limit(candidates))
            )
            """
        case .matches(.numbers, _):
            // An arm for each index: each is planned for itself, and may rather begin with a rare status.
            """
            candidates AS MATERIALIZED (
                \(numbers.map { source, match in
                    """
                    (SELECT \(candidateColumns) FROM \(source) AS l WHERE \(match) AND \(words) AND \(facets) \(limit(candidates)))
                    """
                }.joined(separator: " UNION "))
            )
            """
        }
    }

    private static func limit(_ candidates: Candidates) -> String {
        if case .matches(_, isForCount: true) = candidates { "LIMIT \(candidates.countLimit + 1)" } else { "" }
    }

    /// What a page sorts by and a count groups by.
    private static let candidateColumns =
        "l.order_id, l.updated_at, l.created_at, l.total_price, l.ref_key, l.order_status, l.attention"

    /// The ways a number is found, each with its table: as a beginning of one of three numbers, or as a whole word.
    private static let numbers = [
        ("order_list", "l.ref_key >= $14 AND l.ref_key < $15"), ("order_list", "l.name_key >= $14 AND l.name_key < $15"),
        ("order_list", "l.tracking_key >= $14 AND l.tracking_key < $15"), ("order_words", "l.search @@ $16::text::tsquery"),
    ]

    /// `$1` to `$17` are `OrderFilter.bindings`.
    private static let filter = """
        \(words) AND ($14::text IS NULL OR \(numbers.map { "(\($0.1))" }.joined(separator: " OR ")))
        AND \(facets)
        """

    private static let words = "($13::text IS NULL OR l.search @@ $13::text::tsquery)"

    /// The parts of the filter that are no search.
    private static let facets = """
        ($1::text IS NULL OR l.order_status = $1) AND (cardinality($2::text[]) = 0 OR l.order_status = ANY ($2))
        AND ($3::text IS NULL OR l.payment_status = $3) AND (cardinality($4::text[]) = 0 OR l.payment_status = ANY ($4))
        AND ($5::text IS NULL OR l.courier = $5) AND (cardinality($6::text[]) = 0 OR l.courier = ANY ($6))
        AND (cardinality($7::text[]) = 0 OR l.shipping_status = ANY ($7))
        AND (cardinality($8::text[]) = 0 OR l.source = ANY ($8)) AND (cardinality($9::text[]) = 0 OR l.shop = ANY ($9))
        AND (NOT $10::boolean OR l.attention <> '{}')
        AND ($11::timestamptz IS NULL OR l.updated_at >= $11) AND ($12::timestamptz IS NULL OR l.updated_at < $12)
        AND (cardinality($17::uuid[]) = 0 OR l.order_id = ANY ($17))
        """
}
