/// Something that goes wrong in the outside world: `[scope/]name[=time][:share][xcount]`.
///
/// The scope is `courier`, `shopify` or one operation such as `book`; the share is that of the calls it meets, 1 when it is
/// left out; the count is how often it happens at most. `accept-then-` in front of a failure means that the call is done and
/// only its answer is lost.
package struct SandboxFault: Sendable, Equatable {
    /// What goes wrong.
    package enum Kind: Sendable, Equatable {
        case latency(Duration)
        case failure(Failure, afterAcceptance: Bool)
        /// The caller gets no answer, and the call is done only so much later.
        case late(Duration)
        /// The courier makes a new label at each booking, whatever its key.
        case forgetsKeys
        case callbackBeforeAnswer
        case duplicateCallbacks
        case outOfOrder
    }

    /// What the caller gets instead of the answer.
    package enum Failure: Sendable, Equatable {
        case status(Int, retryAfter: Duration?)
        /// How Shopify says that the budget of the shop is spent, with a status of 200.
        case throttled
        case reset
        /// Nothing, for this long.
        case silence(Duration)
        case malformed
        case oversized
        /// A good answer about something else.
        case wrongSubject
        /// A good answer that says that the shipment is elsewhere.
        case says(String)

        /// Whether the caller knows from it that nothing was done.
        var isRefusal: Bool {
            switch self {
            case .status(let status, let retryAfter): status == 429 || (400..<500).contains(status) || retryAfter != nil
            case .throttled: true
            default: false
            }
        }
    }

    package var scope: String?
    package var kind: Kind
    package var share: Double = 1
    package var count: Int?
    /// As it was written.
    package let text: String

    /// Waits when no time is written.
    private static let defaults: (silence: Duration, retryAfter: Duration) = (.seconds(60), .seconds(1))

    /// Nil for a text that is none; ``grammar`` says what is.
    package init?(_ text: String) {
        self.text = text
        var rest = text[...]
        if let slash = rest.firstIndex(of: "/") {
            let scope = String(rest[..<slash])
            guard SandboxCall.isScope(scope) else { return nil }
            self.scope = scope
            rest = rest[rest.index(after: slash)...]
        }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let numbers = parts[1].split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false)
            guard let share = numbers[0].isEmpty ? 1 : Double(numbers[0]), (0...1).contains(share) else { return nil }
            self.share = share
            if numbers.count == 2 {
                guard let count = Int(numbers[1]), count > 0 else { return nil }
                self.count = count
            }
        }
        let name = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var time: Duration?
        if name.count == 2 {
            guard let written = Duration(written: name[1]) else { return nil }
            time = written
        }
        guard let kind = Self.kind(String(name[0]), time) else { return nil }
        self.kind = kind
    }

    private static func kind(_ name: String, _ time: Duration?) -> Kind? {
        switch name {
        case "latency": return time.map { .latency($0) }
        case "late": return time.map { .late($0) }
        case "forgets-keys": return .forgetsKeys
        case "callback-before-answer": return .callbackBeforeAnswer
        case "duplicate-callbacks": return .duplicateCallbacks
        case "out-of-order": return .outOfOrder
        default:
            let prefix = "accept-then-"
            let isAfter = name.hasPrefix(prefix)
            return failure(isAfter ? String(name.dropFirst(prefix.count)) : name, time).map { failure in
                // An answer can only be spoilt when there is one.
                switch failure {
                case .malformed, .oversized, .wrongSubject: .failure(failure, afterAcceptance: true)
                default: .failure(failure, afterAcceptance: isAfter)
                }
            }
        }
    }

    private static func failure(_ name: String, _ time: Duration?) -> Failure? {
        switch name {
        case "throttled": return .throttled
        case "reset": return .reset
        case "timeout": return .silence(time ?? defaults.silence)
        case "malformed": return .malformed
        case "oversized": return .oversized
        case "wrong-subject": return .wrongSubject
        case "429": return .status(429, retryAfter: time ?? defaults.retryAfter)
        default:
            let prefix = "says-"
            if name.hasPrefix(prefix) {
                return SandboxShipment.Status(rawValue: String(name.dropFirst(prefix.count))).map { .says($0.rawValue) }
            }
            guard let status = Int(name), (300...599).contains(status) else { return nil }
            return .status(status, retryAfter: time)
        }
    }

    /// For people.
    package static let grammar = """
        [scope/]name[=time][:share][xcount] with a name of latency, throttled, reset, timeout, malformed, oversized, wrong-subject, \
        says-<status of a shipment>, a status such as 500 or 429, accept-then-<one of these>, late, forgets-keys, callback-before-answer, duplicate-callbacks, \
        out-of-order; such as latency=200ms:0.1, book/accept-then-timeout:1x3, book/late=30s or shopify/429=2s
        """
}

extension Duration {
    /// Reads `200ms` or `1.5s`; nil for anything else.
    package init?(written text: some StringProtocol) {
        let isMilliseconds = text.hasSuffix("ms")
        guard isMilliseconds || text.hasSuffix("s"), let number = Double(text.dropLast(isMilliseconds ? 2 : 1)),
            number >= 0, number <= 86_400_000
        else { return nil }
        self = isMilliseconds ? .microseconds(Int64(number * 1_000)) : .microseconds(Int64(number * 1_000_000))
    }
}
