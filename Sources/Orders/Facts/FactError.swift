/// A stored fact that no register can read. It stays in the store and ends in quarantine.
package struct FactError: Error, Equatable, Sendable {
    /// What cannot be read.
    package enum Code: String, Sendable {
        /// The body is no JSON, or too deep.
        case malformedBody = "malformed_body"
        /// The body is JSON, but not the object its topic promises.
        case unexpectedShape = "unexpected_shape"
    }

    package let code: Code
    /// What is wrong, without quoting the body.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
