package import Logging

/// A fault that comes back with every attempt until somebody mends it: said when it begins and when it changes, not for every attempt.
package struct RecurringFault: Sendable {
    private var said: String?

    package init() {}

    /// Warns of it; what has been said is for those who debug.
    package mutating func warn(_ sentence: Logger.Message, _ error: any Error, to logger: Logger) {
        let reason = "\(error)"
        logger.log(level: reason == said ? .debug : .warning, sentence, metadata: ["error": "\(reason)"])
        said = reason
    }

    /// An attempt has succeeded. True when a fault was said before, which ends with it.
    @discardableResult
    package mutating func end() -> Bool {
        defer { said = nil }
        return said != nil
    }
}
