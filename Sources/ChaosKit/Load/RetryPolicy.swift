/// How a sender repeats a request that met a 5xx answer or a broken connection: the same bytes, later.
///
/// Shopify tries eight times within four hours; the waits here are shorter, so that a run ends.
package struct RetryPolicy: Sendable {
    /// Attempts of one request, the first one included; at most 255.
    package var maxAttempts: UInt8 = 9
    /// The wait after the first attempt; it doubles with every further one.
    package var firstDelay: Duration = .milliseconds(100)
    /// The longest wait.
    package var longestDelay: Duration = .seconds(5)
    /// Whether a request is sent again after any answer that is no success, 4xx included: Shopify makes no difference.
    package var repeatsRefusals = false

    package init() {}

    func repeats(_ status: Int) -> Bool {
        status >= 500 || repeatsRefusals && !(200..<300).contains(status)
    }

    func delayNanoseconds(afterAttempt attempt: Int) -> UInt64 {
        let delay = firstDelay * (1 << min(attempt - 1, 30))
        return min(delay, longestDelay).nanoseconds
    }
}

extension Duration {
    /// Whole nanoseconds; negative and overlong durations are held at the ends of the range.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product + UInt64(attoseconds / 1_000_000_000)
    }

    /// Seconds with fractions.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
