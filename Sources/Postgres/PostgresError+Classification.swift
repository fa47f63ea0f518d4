extension PostgresError {
    /// What is to be hoped for: that trying again helps, that another input does, or nothing.
    package enum Classification: Sendable {
        case transient
        case permanent
        case fatal
    }

    /// Transient: the same work may succeed later. Permanent: this input never will. Fatal: program and database do not
    /// fit each other, and no input will. An unknown commit outcome is transient, but must be looked up before a retry.
    package var classification: Classification {
        switch code {
        case .connectionFailed, .connectionLost, .unanswered, .staleStatement, .poolTimeout, .cancelled, .closed: .transient
        case .decoding, .protocolViolation, .configuration: .fatal
        case .server: Self.classification(ofSQLState: sqlState ?? "")
        }
    }

    /// By class, source: PostgreSQL manual, appendix A.
    private static func classification(ofSQLState sqlState: String) -> Classification {
        switch sqlState {
        case "25006", "25P03", "55006", "55P03": return .transient
        default: break
        }
        switch sqlState.prefix(2) {
        // Connection, rollback (serialization, deadlock), resources (disk full), operator intervention, I/O.
        case "08", "40", "53", "57", "58": return .transient
        // Authorization, unknown database or schema, syntax and access rules: a fault of ours.
        case "0A", "28", "3D", "3F", "42": return .fatal
        default: return .permanent
        }
    }

    /// Whether our role may not do it.
    package var isInsufficientPrivilege: Bool { code == .server && sqlState == "42501" }

    /// Whether a statement took longer than the server lets it, or a flight longer than we wait; a task that was cancelled is none of
    /// these. A server that is away answers no flight either: what is tried next then finds no connection.
    package var isTimeout: Bool { code == .unanswered || code == .server && sqlState == "57014" }

    /// Whether somebody else held a lock for longer than the server lets us wait.
    package var isLockTimeout: Bool { code == .server && sqlState == "55P03" }

    /// Whether the values it was given are at fault: out of range, against a constraint with a name, or beyond what an index row
    /// holds. A row that meets its partition being attached violates a constraint without a name, and fits the next time.
    package var blamesInput: Bool {
        guard code == .server, let sqlState else { return false }
        return ["22", "54"].contains(sqlState.prefix(2)) || sqlState.hasPrefix("23") && constraint != nil
    }
}
