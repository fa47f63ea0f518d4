/// How many calls of a scope are allowed in every window of time: `shopify=2/1s`.
package struct CallLimit: Sendable, Equatable {
    package var scope: String
    package var calls: Int
    package var window: Duration

    package init(scope: String, calls: Int, window: Duration) {
        self.scope = scope
        self.calls = calls
        self.window = window
    }

    /// Nil for a text that is none.
    package init?(_ text: String) {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, SandboxCall.isScope(String(sides[0])) else { return nil }
        let parts = sides[1].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let calls = Int(parts[0]), calls > 0, let window = Duration(written: parts[1]), window > .zero
        else { return nil }
        self.init(scope: String(sides[0]), calls: calls, window: window)
    }
}
