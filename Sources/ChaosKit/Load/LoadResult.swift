/// What became of the requests of one load, by their place in the list.
package struct LoadResult: Sendable {
    /// How one request ended.
    package enum Outcome: Sendable, Equatable {
        /// It was not sent, because the load was stopped or the server could not be reached.
        case unsent
        /// It was sent and no whole answer came: whether the server took it is unknown.
        case broken
        /// It was answered with this status.
        case answered(Int)

        /// Whether the answer is a success.
        package var isSuccess: Bool {
            if case .answered(200..<300) = self { return true }
            return false
        }
    }

    /// The last outcome of every request.
    package var outcomes: [Outcome]
    /// Bodies of the last answers, where the load was asked to keep them; otherwise empty.
    package var bodies: [String]
    /// Latencies of all answers, in an open loop from the time a request was due.
    package var latencies = LatencyHistogram()
    /// How often each status was answered, repeated attempts included.
    package var statusCounts: [Int: Int] = [:]
    /// Connections that broke with a request on them, could not be opened, or were too slow.
    package var connectionErrors = 0
    /// Attempts beyond the first of a request.
    package var retries = 0
    /// From the first request to the last answer.
    package var duration: Duration = .zero
    /// Why the load ended before its list did; nil when it did not.
    package var fault: String?

    init(count: Int, keepsBodies: Bool) {
        outcomes = [Outcome](repeating: .unsent, count: count)
        bodies = keepsBodies ? [String](repeating: "", count: count) : []
    }

    /// Requests with a success as their last answer.
    package var successes: Int { outcomes.count { $0.isSuccess } }

    /// Answers per second over the whole load.
    package var rate: Double {
        duration > .zero ? Double(latencies.count) / duration.inSeconds : 0
    }
}
