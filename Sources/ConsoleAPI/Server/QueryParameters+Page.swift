/// Lists come in pages.
extension QueryParameters {
    private static let (defaultLimit, maxLimit) = (200, 500)

    /// Rows of a page.
    func limit() throws -> Int {
        try integer("limit", in: 1...Int64(Self.maxLimit)).map { Int($0) } ?? Self.defaultLimit
    }
}
