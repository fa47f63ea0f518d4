import Glibc
import SystemPackage

/// Where a run says what it does: results on standard output, progress on standard error.
package struct Console: Sendable {
    private let isTerminal: Bool
    private let showsProgress: Bool

    /// - Parameter showsProgress: whether ``progress(_:total:)`` shows anything; a benchmark has no time to watch.
    package init(showsProgress: Bool = true) {
        isTerminal = isatty(STDERR_FILENO) == 1
        self.showsProgress = showsProgress
    }

    /// Writes lines of a result.
    package func show(_ text: String) {
        write(text + "\n", to: .standardOutput)
    }

    /// Writes a line about what happens.
    package func note(_ text: String) {
        write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n", to: .standardError)
    }

    /// Shows how far a count is: on a terminal one line that changes, elsewhere nothing but every tenth of the way.
    package func progress(_ what: String, total: Int) -> @Sendable (Int) -> Void {
        let step = ProgressStep(total: total)
        return { done in
            guard showsProgress else { return }
            if isTerminal {
                let width = 24
                let filled = total == 0 ? width : min(width, done * width / total)
                let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
                write("\r\u{1B}[K\(what) \(bar) \(done)/\(total)", to: .standardError)
            } else if step.isNew(done) {
                write("\(what) \(done)/\(total)\n", to: .standardError)
            }
        }
    }

    /// Shows a line that the next one replaces; nothing where lines cannot be replaced.
    package func status(_ text: String) {
        if isTerminal, showsProgress { write("\r\u{1B}[K" + text, to: .standardError) }
    }

    /// Clears the changing line.
    package func endProgress() {
        if isTerminal { write("\r\u{1B}[K", to: .standardError) }
    }

    /// Shows assertions, one a line; returns whether all hold.
    package func verdict(_ assertions: [Assertion]) -> Bool {
        for assertion in assertions { show(assertion.line) }
        let failures = assertions.count { !$0.holds }
        show(
            failures == 0
                ? "All \(assertions.count) assertions hold." : "\(failures) of \(assertions.count) assertions do not hold."
        )
        return failures == 0
    }

    // A terminal that went away must not change what the run does.
    private func write(_ text: String, to descriptor: FileDescriptor) {
        _ = try? descriptor.writeAll(text.utf8)
    }
}
