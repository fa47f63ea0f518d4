import ArgumentParser
import ChaosKit
import Glibc
import ServiceRuntime

/// Sends what the outside world sends, and worse, and checks what became of it.
@main
struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Sends webhooks to a running ingest and proves that no order came out wrong.",
        discussion: """
            “chaos prove” starts a stack of its own. For the others start everything with “ordersctl up” first, in another \
            terminal. Each command sends signed webhooks, waits until the \
            orchestrators have merged them, looks into PostgreSQL, and prints a line for everything that must be true: ✓ or ✗. \
            The exit status is 0 when all of it is, and 1 when it is not.
            """,
        version: ProductVersion.text,
        subcommands: [
            BurstCommand.self, StormCommand.self, FlashSaleCommand.self, SendCommand.self, ProveCommand.self, RecordCommand.self,
            ReplayCommand.self, SandboxCommand.self, BenchCommand.self,
            NoopServerCommand.self,
        ]
    )

    static func main() async {
        // A server that hangs up is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let fault as ConfigurationError {
            Console().note("\(fault)")
            Glibc.exit(ExitStatus.configuration)
        } catch {
            exit(withError: error)
        }
    }
}
