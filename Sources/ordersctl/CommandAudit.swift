import ConsoleAPI
import FoundationEssentials

/// Whoever sits at the terminal.
enum TerminalUser {
    /// Their own name, behind `sudo` too.
    static var name: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["SUDO_USER"] ?? environment["USER"] ?? "unknown"
    }
}

extension OperatorAudit.Entry {
    /// What whoever sits at the terminal does.
    static func byCommand(
        _ action: String,
        target: String,
        before: String? = nil,
        after: String? = nil,
        reason: String? = nil
    ) -> OperatorAudit.Entry {
        OperatorAudit.Entry(
            commandOf: "ordersctl:\(TerminalUser.name)",
            action: action,
            target: target,
            before: before,
            after: after,
            reason: reason
        )
    }
}
