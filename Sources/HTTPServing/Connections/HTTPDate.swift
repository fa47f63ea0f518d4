import Orders
import Synchronization

/// The `Date` header of RFC 9110, made once a second for all connections.
final class HTTPDate: Sendable {
    private let now: @Sendable () -> Instant
    private let current = Mutex<(second: Int64, text: String)>((.min, ""))

    init(now: @escaping @Sendable () -> Instant) {
        self.now = now
    }

    var text: String {
        let now = now()
        let second = now.microseconds / 1_000_000
        return current.withLock { current in
            if current.second != second { current = (second, Self.text(of: now)) }
            return current.text
        }
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, from `1994-11-06T08:49:37Z`.
    static func text(of instant: Instant) -> String {
        let fields = instant.iso8601.prefix(19).split { "-T".contains($0) }
        let day = Int(instant.microseconds / 86_400_000_000)
        let month = Int(fields[1]).map { months[$0 - 1] } ?? ""
        return "\(weekdays[day % 7]), \(fields[2]) \(month) \(fields[0]) \(fields[3]) GMT"
    }
}
