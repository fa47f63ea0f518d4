import FoundationEssentials
import HTTPTypes
import Orders
import Postgres

/// Views that people saved: a page and the filter in its URL.
struct ViewRoutes: Sendable {
    let pool: PostgresPool
    let host: HostFacilities

    var routes: [Route] {
        [
            Route(.get, "/api/views", .role(.viewer)) { call in
                let name = try call.actor().name
                let views = try await pool.withConnection { try ViewTable.all(for: name, on: $0) }
                return Answer.array(views) { $1.write(to: &$0, for: name) }
            },
            Route(.post, "/api/views", .role(.viewer)) { call in
                try await save(call, id: host.uuid(), isNew: true)
            },
            Route(.put, "/api/views/{id}", .role(.viewer)) { call in
                try await save(call, id: try call.uuid(), isNew: false)
            },
            Route(.delete, "/api/views/{id}", .role(.viewer), delete),
        ]
    }

    private func save(_ call: Call, id: UUID, isNew: Bool) async throws -> Answer {
        let caller = try call.actor()
        let body = try await call.object(["name", "page", "query", "shared"])
        let view = ViewTable.Draft(
            name: try body.required("name", 1...80),
            page: try body.required("page", 1...40),
            query: try body.required("query", 0...2_000),
            isShared: try body.inputFlag("shared") ?? false
        )
        guard !view.isShared || caller.role >= .operator else {
            throw APIError(.forbidden, "Sharing a view needs the role operator.")
        }
        let entry = OperatorAudit.Entry(call, caller, action: isNew ? "view.save" : "view.change", target: "view:\(id.text)")
        let saved = try await pool.transaction { transaction in
            let saved =
                isNew
                ? try ViewTable.add(view, id: id, owner: caller.name, in: &transaction)
                : try ViewTable.change(view, id: id, owner: caller.name, in: &transaction)
            guard let saved else {
                if isNew { throw APIError(.conflict, "There are \(ViewTable.maxPerOwner) views already, or one of this name.") }
                throw APIError.notFound("view of yours")
            }
            try transaction.commit(audited: entry)
            return saved
        }
        return Answer.value(status: isNew ? .created : .ok) { saved.write(to: &$0, for: caller.name) }
    }

    @Sendable private func delete(_ call: Call) async throws -> Answer {
        let (id, caller) = (try call.uuid(), try call.actor())
        let entry = OperatorAudit.Entry(call, caller, action: "view.delete", target: "view:\(id.text)")
        try await pool.transaction { transaction in
            guard try ViewTable.delete(id, owner: caller.name, in: &transaction) else { throw APIError.notFound("view of yours") }
            try transaction.commit(audited: entry)
        }
        return .noContent
    }
}
