import ConsoleAPI
import FoundationEssentials

/// Whoever sits at the terminal.
enum TerminalUser {
    /// Their own name, behind `sudo` too; a job of cron has no variables that say it, but an account.
    static var name: String {
        let process = ProcessInfo.processInfo
        return process.environment["SUDO_USER"] ?? process.environment["USER"] ?? process.userName
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
            actor: "ordersctl:\(TerminalUser.name)",
            action: action,
            target: target,
            before: before,
            after: after,
            reason: reason,
            requestID: "ordersctl"
        )
    }
}
