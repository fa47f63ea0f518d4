/// An attempt that did not end with a success.
package struct LoadIncident: Sendable, Equatable {
    /// What became of the request.
    package enum Kind: Sendable, Equatable {
        /// Another answer than 2xx; a 503 is clean when it says when to come again and leaves the connection open.
        case answered(status: Int, isClean: Bool)
        /// The connection ended before the answer.
        case broken
        /// No answer came in time.
        case late
    }

    package var kind: Kind
    package var at: ContinuousClock.Instant

    package init(_ kind: Kind, at: ContinuousClock.Instant) {
        self.kind = kind
        self.at = at
    }
}
