import Orders

/// What a follower asks for.
struct FeedRequest: Sendable, Equatable {
    var since: Int64?
    /// Frames of many orders, ten a second at most.
    var isBatched: Bool

    static let parameters: Set<String> = ["since", "batch"]

    init(_ query: QueryParameters) throws {
        since = try query.integer("since", in: 0...Int64.max)
        guard let batch = try query.integer("batch", in: 100...100) else {
            isBatched = false
            return
        }
        isBatched = batch == 100
    }
}
