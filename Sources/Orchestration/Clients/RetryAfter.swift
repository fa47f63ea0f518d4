import Orders

/// The header `Retry-After`: seconds, or a date, which is measured against the `Date` of the same answer.
enum RetryAfter {
    /// The longest wait that is believed.
    static let longest: Duration = .seconds(3_600)

    /// Nil for a header that cannot be read.
    static func wait(_ value: String?, date: String?) -> Duration? {
        guard let value else { return nil }
        if let seconds = Double(value) {
            return seconds >= 0 ? min(.seconds(min(seconds, 86_400)), longest) : nil
        }
        guard let then = instant(value), let now = date.flatMap(instant) else { return nil }
        return min(.microseconds(max(then.microseconds(since: now), 0)), longest)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private static func instant(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant(iso8601: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
