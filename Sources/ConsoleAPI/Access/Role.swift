/// What a person or a machine may do; each role may do all that the ones before it may.
package enum Role: String, CaseIterable, Comparable, Sendable {
    /// Sees everything but users and tokens.
    case viewer
    /// Changes orders, queues and dead letters.
    case `operator`
    /// Manages users and tokens too.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }

    package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}

/// Who makes a request.
package struct Caller: Sendable, Equatable {
    /// How they proved it.
    package enum Proof: Sendable, Equatable {
        /// A cookie, with the hash it is stored under.
        case session(hash: [UInt8])
        case token
    }

    package var name: String
    package var role: Role
    package var proof: Proof
    /// In microseconds since 1970; nil for a token that does not end.
    package var expiresAt: Int64?

    var isPerson: Bool { proof != .token }
}
