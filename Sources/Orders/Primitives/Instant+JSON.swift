extension Instant {
    /// A string in a form of `init(iso8601:)`, or a number (also as a string) of seconds or, from 10¹¹ on, milliseconds
    /// since 1970.
    package init?(json value: JSONValue) {
        guard let text = value.text else { return nil }
        if let instant = Instant(iso8601: text) {
            self = instant
        } else if let number = Int64(text) {
            guard let instant = number < 100_000_000_000 ? Instant(unixSeconds: number) : Instant(unixMilliseconds: number)
            else { return nil }
            self = instant
        } else {
            return nil
        }
    }
}
