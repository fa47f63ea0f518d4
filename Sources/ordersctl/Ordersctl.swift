import ArgumentParser
import Glibc
import Postgres
import ServiceRuntime

/// The operator's tool.
@main
struct Ordersctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ordersctl",
        abstract: "Starts, migrates, checks and repairs an Orders Orchestrator.",
        version: ProductVersion.text,
        subcommands: [
            UpCommand.self, MigrateCommand.self, VerifyCommand.self, RebuildCommand.self, ExplainCommand.self, QueuesCommand.self,
            JobsCommand.self, DeadLettersCommand.self, PauseCommand.self, ResumeCommand.self, QuarantineCommand.self,
            StatusesCommand.self, UsersCommand.self, TokensCommand.self, ConfigCommand.self, WithServersCommand.self,
        ]
    )

    static func main() async {
        // A reader of our output that went away is an error of that write; children must still be stopped in order.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let fault as ConfigurationError {
            Terminal.note("\(fault)")
            Glibc.exit(ExitStatus.configuration)
        } catch let fault as PostgresError where fault.classification == .transient {
            Terminal.note("PostgreSQL cannot be asked: \(fault)")
            Glibc.exit(ExitStatus.unavailable)
        } catch {
            exit(withError: error)
        }
    }
}
