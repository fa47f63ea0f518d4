/// One argument of a command; all of them travel as binary-safe strings.
package enum RedisArgument: Sendable, Equatable {
    case text(String)
    case bytes([UInt8])
    case integer(Int64)
}

extension RedisArgument: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) {
        self = .text(value)
    }

    package init(integerLiteral value: Int64) {
        self = .integer(value)
    }
}

/// A command and its arguments.
package struct RedisCommand: Sendable, Equatable {
    package var name: String
    package var arguments: [RedisArgument]
    /// How long the server may hold the reply back (`BLOCK`); added to the command timeout.
    package var blockingFor: Duration?

    /// - Parameter name: one word; a subcommand is the first argument.
    package init(_ name: String, _ arguments: [RedisArgument] = [], blockingFor: Duration? = nil) {
        self.name = name
        self.arguments = arguments
        self.blockingFor = blockingFor
    }
}
