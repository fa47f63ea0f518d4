import ArgumentParser
import Glibc

/// The operator's tool.
@main
struct Ordersctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ordersctl",
        abstract: "Starts, migrates, checks and repairs an Orders Orchestrator.",
        subcommands: [
            UpCommand.self, MigrateCommand.self, VerifyCommand.self, RebuildCommand.self, ExplainCommand.self, QueuesCommand.self,
            JobsCommand.self, DeadLettersCommand.self, UsersCommand.self, TokensCommand.self, PauseCommand.self,
            ResumeCommand.self,
            ConfigCommand.self, WithServersCommand.self,
        ]
    )

    static func main() async {
        // A reader of our output that went away is an error of that write; children must still be stopped in order.
        signal(SIGPIPE, SIG_IGN)
        await main(nil)
    }
}
