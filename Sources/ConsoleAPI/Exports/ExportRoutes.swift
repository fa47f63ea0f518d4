import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import Orders
import Postgres

/// Files of exactly what the filter shows, made page by page while they are sent.
struct ExportRoutes: Sendable {
    private static let pageRows = 1_000
    /// Exports under way at once; one more is asked to wait.
    private static let maxAtOnce = 4

    enum Format: String, CaseIterable, Sendable {
        case csv, xlsx
    }

    private let pool: PostgresPool
    private let slots = ExportSlot.Places(maxAtOnce)

    init(pool: PostgresPool) {
        self.pool = pool
    }

    var routes: [Route] {
        let parameters = OrderFilter.parameters.union(["format", "columns", "sort"])
        return [
            Route(.get, "/api/export/orders", .role(.viewer), parameters: parameters, orders),
            Route(.get, "/api/export/audit", .role(.viewer), parameters: OperatorAudit.Filter.parameters, audit),
        ]
    }

    @Sendable private func orders(_ call: Call) async throws -> Answer {
        let filter = try OrderFilter(call.query)
        let sort = try call.query.choice("sort", OrderSort.self) ?? .updatedDescending
        let chosen = try call.query.choices("columns", ExportColumn.self)
        let columns = chosen.isEmpty ? ExportColumn.allCases : chosen
        let format = try call.query.choice("format", Format.self) ?? .csv
        let slot = try slots.take()
        try await note(call, target: "orders.\(format.rawValue)")
        let pages = OrderPages(pool: pool, filter: filter, sort: sort, limit: Self.pageRows)
        let heading = columns.map { ExportColumn.Cell.text($0.rawValue) }
        switch format {
        case .csv:
            return Self.file("orders.csv", "text/csv; charset=utf-8", slot) { writer in
                try await writer.write(ByteBuffer(bytes: CSVRow.byteOrderMark + CSVRow.bytes(heading)))
                try await pages.visit { orders in
                    let lines = orders.flatMap { order in CSVRow.bytes(columns.map { $0.cell(of: order) }) }
                    try await writer.write(ByteBuffer(bytes: lines))
                }
            }
        case .xlsx:
            let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return Self.file("orders.xlsx", type, slot) { writer in
                var sheet = Spreadsheet()
                var left = Spreadsheet.maxRows - 1
                let start = sheet.begin(sheet: "Orders")
                try await writer.write(ByteBuffer(bytes: start + sheet.rows([heading])))
                try await pages.visit { orders in
                    guard left > 0 else { return }
                    let rows = orders.prefix(left).map { order in columns.map { $0.cell(of: order) } }
                    left -= rows.count
                    try await writer.write(ByteBuffer(bytes: sheet.rows(Array(rows))))
                }
                try await writer.write(ByteBuffer(bytes: sheet.end()))
            }
        }
    }

    @Sendable private func audit(_ call: Call) async throws -> Answer {
        let filter = try OperatorAudit.Filter(call.query)
        let slot = try slots.take()
        try await note(call, target: "audit.csv")
        return Self.file("audit.csv", "text/csv; charset=utf-8", slot) { [pool] writer in
            let heading = ["at", "actor", "role", "action", "target", "before", "after", "reason", "requestId", "address"]
            try await writer.write(ByteBuffer(bytes: CSVRow.byteOrderMark + CSVRow.bytes(heading.map(ExportColumn.Cell.text))))
            var last: Int64?
            repeat {
                let before = last
                let entries = try await pool.withConnection {
                    try OperatorAudit.page(filter, before: before, limit: Self.pageRows, on: $0)
                }
                try await writer.write(ByteBuffer(bytes: entries.flatMap { CSVRow.bytes($0.cells) }))
                last = entries.count == Self.pageRows ? entries.last?.id : nil
            } while last != nil
        }
    }

    private func note(_ call: Call, target: String) async throws {
        let filter = call.request.head.path ?? ""
        var writer = JSONWriter()
        writer.string(String(filter.prefix(2_000)))
        let entry = OperatorAudit.Entry(
            call,
            try call.actor(),
            action: "export",
            target: target,
            after: String(decoding: writer.bytes, as: UTF8.self)
        )
        try await pool.transaction { try $0.commit(audited: entry) }
    }

    private static func file(
        _ name: String,
        _ type: String,
        _ slot: ExportSlot,
        _ body: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Answer {
        var answer = Answer(
            contentType: type,
            body: .stream { writer in
                defer { slot.giveBack() }
                try await body(&writer)
                // Before the client sees the end: it may ask for the next one then.
                slot.giveBack()
                try await writer.finish(nil)
            }
        )
        answer.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return answer
    }
}

/// All the orders of a filter, a page at a time: the memory they need does not grow with their number.
struct OrderPages: Sendable {
    let pool: PostgresPool
    let filter: OrderFilter
    let sort: OrderSort
    let limit: Int

    /// Ends with the last page; an order that changes its place meanwhile may be met twice or not at all.
    func visit(_ body: ([OrderSummary]) async throws -> Void) async throws {
        var cursor: PageCursor?
        repeat {
            let after = cursor
            let page = try await pool.withConnection { [filter, sort, limit] in
                try OrderList.page(filter, sort: sort, after: after, limit: limit, on: $0)
            }
            try await body(page.orders)
            cursor = page.cursor()
        } while cursor != nil
    }
}

extension OperatorAudit.Shown {
    fileprivate var cells: [ExportColumn.Cell] {
        [at.text, actor, role, action, target, before, after, reason, requestID, address].map { text in
            text.map(ExportColumn.Cell.text) ?? .empty
        }
    }
}
